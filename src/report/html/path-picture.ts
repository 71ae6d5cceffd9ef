/** An endpoint's path as a picture: across where there is room, down on a phone. */
import { type Path, type PathPart, partWords } from '../path.ts';
import { statusNames } from '../signs.ts';
import { type Html, html } from './escape.ts';
import { strokes } from './signs.ts';

const step = { across: 144, down: 62 };
const radius = 15;
/** Characters of a name that fit. */
const room = { across: 17, down: 34 };

type Way = keyof typeof step;

export function pathPicture(path: Path, name: string): Html {
  return html`<figure class="path">${draw(path, 'across')}${draw(path, 'down')}<figcaption>The path of endpoint ${name}, seen from ${path.from}: ${sentence(path)}</figcaption></figure>`;
}

/** What the picture shows, in words. */
function sentence({ parts }: Path): string {
  const said = parts.map((part) => `${partWords(part)} ${statusNames[part.status]}`);
  return `${said.join(', ')}.`;
}

function draw({ from, parts }: Path, way: Way): Html {
  const stops = [{ name: from, status: 'start' as const }, ...parts];
  const at = (index: number) =>
    way === 'across'
      ? { x: step.across / 2 + index * step.across, y: 34 }
      : { x: 34, y: 28 + index * step.down };
  const size =
    way === 'across'
      ? { width: stops.length * step.across, height: 88 }
      : { width: 320, height: stops.length * step.down };
  const lines = parts.map((part, index) => line(at(index), at(index + 1), part, way));
  return html`<svg class="${way}" viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="Path from ${from}: ${sentence({ from, parts })}"><title>Path from ${from}</title><desc>${sentence({ from, parts })}</desc>${lines}${stops.map((stop, index) => node(stop, at(index), way))}</svg>`;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** It leads to the part, and looks as that does. */
function line(from: Point, to: Point, { status }: PathPart, way: Way): Html {
  const [x, y] = way === 'across' ? [radius + 3, 0] : [0, radius + 3];
  return html`<path class="link ${status}" d="M${from.x + x} ${from.y + y}L${to.x - x} ${to.y - y}"/>`;
}

function node(
  { name, status }: PathPart | { name: string; status: 'start' },
  { x, y }: Point,
  way: Way,
): Html {
  const label =
    way === 'across'
      ? html`<text x="${x}" y="${y + 38}" text-anchor="middle">${short(name, room.across)}</text>`
      : html`<text x="${x + 30}" y="${y + 5}">${short(name, room.down)}</text>`;
  const inside =
    status === 'start'
      ? html`<circle cx="${x}" cy="${y}" r="5" class="dot"/>`
      : html`<path transform="translate(${x - 12} ${y - 12}) scale(1.5)" d="${strokes[status]}"/>`;
  return html`<g class="node ${status}"><circle cx="${x}" cy="${y}" r="${radius}"/>${inside}${label}</g>`;
}

function short(name: string, most: number): string {
  const characters = [...name];
  return characters.length <= most ? name : `${characters.slice(0, most - 1).join('')}…`;
}
