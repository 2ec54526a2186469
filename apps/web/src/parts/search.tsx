import { TextInput } from "@mantine/core";
import { useDeferredValue } from "react";
import { useSearchParams } from "wouter";

import classes from "./parts.module.css";

/** What is searched for, in the address, so that a search can be shared: `?q=10.77`. */
export function useSearchText(): readonly [string, (text: string) => void] {
  return useParameter("q");
}

/** One parameter of the address; empty: it is not there. Setting it makes no entry in the browser's history. */
export function useParameter(name: string): readonly [string, (value: string) => void] {
  const [parameters, setParameters] = useSearchParams();
  const set = (value: string) =>
    setParameters(
      (before) => {
        const next = new URLSearchParams(before);
        if (value === "") next.delete(name);
        else next.set(name, value);
        return next;
      },
      { replace: true },
    );
  return [parameters.get(name) ?? "", set];
}

interface SearchBoxProps {
  readonly label: string;
  readonly placeholder: string;
  readonly value: string;
  readonly onChange: (text: string) => void;
  /** How many are left, and of how many. */
  readonly found: number;
  readonly of: number;
}

export function SearchBox({ label, placeholder, value, onChange, found, of }: SearchBoxProps) {
  return (
    <div className={classes.search} role="search">
      <TextInput
        type="search"
        aria-label={label}
        placeholder={placeholder}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
        className={classes.searchInput ?? ""}
      />
      <span className={classes.dim} role="status">
        {found === of ? `${of}` : `${found} of ${of}`}
      </span>
    </div>
  );
}

/** Rows whose text has every word that is searched for, in any order. */
export function useFound<Row>(rows: readonly Row[], text: string, wordsOf: (row: Row) => string): readonly Row[] {
  const wanted = useDeferredValue(text).toLowerCase().split(/\s+/).filter(Boolean);
  if (wanted.length === 0) return rows;
  return rows.filter((row) => {
    const words = wordsOf(row).toLowerCase();
    return wanted.every((word) => words.includes(word));
  });
}
