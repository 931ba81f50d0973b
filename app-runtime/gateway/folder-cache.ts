/** Folders that outlive a build, made once and whole. */
export interface FolderCache {
  readonly directory: string;
  /** The folder of that name; `make` fills it when it is not there yet. */
  once(name: string, make: (folder: string) => void): string;
}
