import { Tag } from "../parts/tag.tsx";
import { hostWord } from "../words/host-words.ts";
import type { HostStatus } from "../words/host-words.ts";

export function HostTag({ host }: { readonly host: HostStatus }) {
  const { tone, text } = hostWord(host);
  return <Tag tone={tone}>{text}</Tag>;
}
