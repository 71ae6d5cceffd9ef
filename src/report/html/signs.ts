/** The signs of statuses as one sprite, drawn once and used everywhere; colours come from the style. */
import type { Status } from '../../check.ts';
import { statusNames } from '../signs.ts';
import { type Html, html } from './escape.ts';

/** In a square of 16. */
export const strokes: Readonly<Record<Status, string>> = {
  pass: 'M4.2 8.4l2.5 2.5 5.1-5.6',
  warn: 'M8 4v5M8 11.6v.4',
  fail: 'M5 5l6 6M11 5l-6 6',
  error: 'M5.9 6.1a2.1 2.1 0 1 1 3 1.9c-.6.3-.9.7-.9 1.4M8 11.7v.3',
  skip: 'M5 8h6',
};

export const sprite: Html = html`<svg class="sprite" aria-hidden="true" focusable="false" width="0" height="0">${Object.entries(
  strokes,
).map(
  ([status, path]) =>
    html`<symbol id="sign-${status}" viewBox="0 0 16 16"><circle cx="8" cy="8" r="8"/><path d="${path}"/></symbol>`,
)}</svg>`;

/** Beside its words. */
export const picture = (status: Status): Html =>
  html`<svg class="sign ${status}" aria-hidden="true" focusable="false"><use href="#sign-${status}"/></svg>`;

/** With its word for those who don't see it. */
export const sign = (status: Status): Html =>
  html`${picture(status)}<span class="unseen">${statusNames[status]}: </span>`;
