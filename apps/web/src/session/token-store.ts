const key = "rackway-token";

/** The token lives as long as the tab, and no other origin (another port is another one) can read it: docs/security.md. */
export const tokenStore = {
  read: (): string | null => sessionStorage.getItem(key),
  write: (token: string): void => sessionStorage.setItem(key, token),
  forget: (): void => sessionStorage.removeItem(key),
};
