/** Sharpeners, in no particular order: each sees several results at once and puts a sharper candidate in the place of blunter ones. */
import type { Candidate } from './candidate.ts';
import { behindFailure } from './rules/behind-failure.ts';
import { clockSkew } from './rules/clock-skew.ts';
import { deadIpv6 } from './rules/dead-ipv6.ts';
import { firewallBlocked } from './rules/firewall-blocked.ts';
import { hostDown } from './rules/host-down.ts';
import { noSharedNetwork } from './rules/no-shared-network.ts';
import { notAccepting } from './rules/not-accepting.ts';
import { notDeployed } from './rules/not-deployed.ts';
import { notResponding } from './rules/not-responding.ts';
import { proxyIdleCut } from './rules/proxy-idle-cut.ts';
import { proxyNotReloaded } from './rules/proxy-not-reloaded.ts';
import { proxyNotRunning } from './rules/proxy-not-running.ts';
import { proxyOldCertificate } from './rules/proxy-old-certificate.ts';
import { proxyUnloadedFault } from './rules/proxy-unloaded-fault.ts';
import { proxyUnreached } from './rules/proxy-unreached.ts';
import { proxyWrongPort } from './rules/proxy-wrong-port.ts';
import { proxyWrongScheme } from './rules/proxy-wrong-scheme.ts';
import { splitDns } from './rules/split-dns.ts';
import { unknownUpstream } from './rules/unknown-upstream.ts';
import { wrongPort } from './rules/wrong-port.ts';
import type { View } from './view.ts';

/** The findings of what it returns are taken from the blunter candidates that had them. */
export type Rule = (view: View) => Candidate[];

export const rules: readonly Rule[] = [
  notAccepting,
  notResponding,
  wrongPort,
  notDeployed,
  proxyWrongPort,
  proxyNotRunning,
  proxyNotReloaded,
  proxyUnloadedFault,
  proxyOldCertificate,
  proxyUnreached,
  firewallBlocked,
  noSharedNetwork,
  hostDown,
  clockSkew,
  deadIpv6,
  splitDns,
  proxyIdleCut,
  behindFailure,
  unknownUpstream,
  proxyWrongScheme,
];
