/** User and group of the application, the same on every machine, because files on the data volume outlive the machine that made them. */
export const APP = { uid: 900, gid: 900 } as const;
