/** Address families, in the order in which they are shown. */
export const families = [4, 6] as const;
