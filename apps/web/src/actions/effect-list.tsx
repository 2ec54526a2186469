import { Tag } from "../parts/tag.tsx";
import type { Tone } from "../parts/tag.tsx";
import classes from "./actions.module.css";
import type { Effect } from "./effects.ts";

const words: Readonly<Record<Effect["weight"], { readonly tone: Tone; readonly text: string }>> = {
  fine: { tone: "ok", text: "fine" },
  care: { tone: "warn", text: "take care" },
  stop: { tone: "crit", text: "mind" },
};

/** What will happen, before it does. */
export function EffectList({ effects }: { readonly effects: readonly Effect[] }) {
  return (
    <ul className={classes.effects}>
      {effects.map(({ weight, text }) => (
        <li key={text}>
          <Tag tone={words[weight].tone}>{words[weight].text}</Tag>
          <span>{text}</span>
        </li>
      ))}
    </ul>
  );
}
