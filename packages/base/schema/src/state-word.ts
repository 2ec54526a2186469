import { z } from "zod";

/** A text of a host state: one word of what names, addresses, prefixes and files are made of, and nothing that could end it. */
export const word = z
  .string()
  .max(300)
  .regex(/^[A-Za-z0-9._:/-]*$/);

/** What a check fetches. A path has more to it than a word; of what a shell, a rule file or a list of parameters reads, `?` and `&` alone. */
export const pathPattern = /^\/[A-Za-z0-9._~,:@=%/?&+-]*$/;
export const pathWord = z.string().max(200).regex(pathPattern);
