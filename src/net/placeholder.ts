/** How a secret is written wherever it must not be seen. */
export function placeholder(name: string): string {
  return `‹${name}›`;
}

/** Characters. Shorter values are hidden only where they are a whole string: as parts of others they would be everywhere. */
export const shortestHidden = 6;
