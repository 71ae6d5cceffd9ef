/** What docker and podman take as a container's name; an id is one as well. */
export const containerPattern = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,254}$/;
