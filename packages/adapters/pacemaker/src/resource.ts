/**
 * Pacemaker's configuration as values, as far as we use it: resources, constraints, properties (Pacemaker Explained 2.1).
 * `render-cib.ts` makes XML of them. Every id begins with `rw-`: that is how ours are told from the operator's.
 */
export type Operation = {
  readonly name: string;
  /** Milliseconds; 0: run once (start, stop). */
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly onFail?: "restart" | "ignore" | "fence" | "stop";
};

export type Primitive = {
  readonly id: string;
  /** `class:provider:type` or `class:type`. */
  readonly agent: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly meta: Readonly<Record<string, string>>;
  readonly operations: readonly Operation[];
};

export type Resource =
  | { readonly kind: "primitive"; readonly primitive: Primitive }
  | { readonly kind: "clone"; readonly id: string; readonly meta: Readonly<Record<string, string>>; readonly primitive: Primitive };

export type AttributeTest = {
  readonly attribute: string;
  readonly operation: "eq" | "ne" | "defined" | "not_defined";
  readonly value?: string;
};

export type Score = number | "INFINITY" | "-INFINITY";

export type Constraint =
  | { readonly kind: "colocation"; readonly id: string; readonly resource: string; readonly with: string; readonly score: Score }
  | {
      readonly kind: "order";
      readonly id: string;
      readonly first: string;
      readonly then: string;
      readonly mode: "Mandatory" | "Optional";
      readonly symmetrical: boolean;
    }
  | {
      readonly kind: "location";
      readonly id: string;
      readonly resource: string;
      /** A number, or the name of the node attribute that holds it. */
      readonly score: { readonly fixed: Score } | { readonly attribute: string };
      readonly tests: readonly AttributeTest[];
      readonly join: "and" | "or";
    };

/** All of ours in one CIB. */
export type CibIntent = {
  readonly epoch: number;
  readonly revision: number;
  /**
   * The writer's side in a revision that must be confirmed: it is the `new` state, or the one before (`base`), which undoes it. Absent: nothing
   * waits for a word.
   */
  readonly trial?: { readonly id: string; readonly revision: number; readonly side: "new" | "base" };
  readonly properties: Readonly<Record<string, string>>;
  readonly resources: readonly Resource[];
  readonly constraints: readonly Constraint[];
  /** Node name to permanent node attributes. */
  readonly nodeAttributes: Readonly<Record<string, Readonly<Record<string, string>>>>;
};
