/** Faults of the backend's and the gateway's units. */
import type { Scenario } from '../scenario.ts';
import { clientUnit, serverUnit } from '../world.ts';

export const units: readonly Scenario[] = [
  {
    name: 'unit-stopped-by-hand',
    about: `systemctl stop ${serverUnit} on the backend`,
    causes: ['P0 systemd.inactive service.agent-server'],
    exit: 1,
    inject: ({ backend }) => void backend.run('systemctl', 'stop', serverUnit),
  },
  {
    name: 'unit-of-the-gateway-stopped',
    about: `systemctl stop ${clientUnit} on the gateway`,
    causes: ['P1 systemd.inactive service.gateway-agent'],
    exit: 1,
    inject: ({ gateway }) => void gateway.run('systemctl', 'stop', clientUnit),
  },
];
