import ts from "typescript";

/** What the border rules want to know of one source file. */
export interface SourceModule {
  /** From the root of the repository, with slashes. */
  readonly path: string;
  readonly imports: readonly ModuleImport[];
  /** Uses of the clock, of randomness, of the process and the like, by name. */
  readonly impurities: readonly Finding[];
  readonly defaultExports: readonly Finding[];
}

export interface ModuleImport {
  /** Null: computed at run time. */
  readonly specifier: string | null;
  /** What is taken by name; empty where the module is taken as a whole. */
  readonly names: readonly string[];
  readonly line: number;
}

export interface Finding {
  readonly name: string;
  readonly line: number;
}

/** Reads imports of every form (static, `import type`, re-export, `import()`, type queries, `require`), default exports, impure globals. */
export function readModule(path: string, text: string): SourceModule {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const lineOf = (node: ts.Node): number => file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;
  const imports: ModuleImport[] = [];
  const impurities: Finding[] = [];
  const defaultExports: Finding[] = [];
  const declared = declaredNames(file);
  const visit = (node: ts.Node): void => {
    const found = importOf(node);
    if (found !== null) imports.push({ ...found, line: lineOf(node) });
    const impurity = impurityOf(node, declared);
    if (impurity !== null) impurities.push({ name: impurity, line: lineOf(node) });
    if (isDefaultExport(node)) defaultExports.push({ name: "default", line: lineOf(node) });
    ts.forEachChild(node, visit);
  };
  visit(file);
  return { path, imports, impurities, defaultExports };
}

function importOf(node: ts.Node): Omit<ModuleImport, "line"> | null {
  if (ts.isImportDeclaration(node)) return { specifier: textOf(node.moduleSpecifier), names: importedNames(node.importClause) };
  if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) return { specifier: textOf(node.moduleSpecifier), names: [] };
  if (ts.isImportTypeNode(node)) {
    return { specifier: ts.isLiteralTypeNode(node.argument) ? textOf(node.argument.literal) : null, names: [] };
  }
  if (ts.isExternalModuleReference(node)) return { specifier: textOf(node.expression), names: [] };
  if (!ts.isCallExpression(node)) return null;
  const isImport = node.expression.kind === ts.SyntaxKind.ImportKeyword;
  const isRequire = ts.isIdentifier(node.expression) && node.expression.text === "require";
  return isImport || isRequire ? { specifier: textOf(node.arguments[0]), names: [] } : null;
}

function textOf(node: ts.Node | undefined): string | null {
  return node !== undefined && ts.isStringLiteralLike(node) ? node.text : null;
}

function importedNames(clause: ts.ImportClause | undefined): string[] {
  const bindings = clause?.namedBindings;
  if (bindings === undefined || !ts.isNamedImports(bindings) || clause?.name !== undefined) return [];
  return bindings.elements.map((element) => (element.propertyName ?? element.name).text);
}

function isDefaultExport(node: ts.Node): boolean {
  if (ts.isExportAssignment(node)) return node.isExportEquals !== true;
  if (ts.isExportSpecifier(node)) return node.name.text === "default";
  return ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword);
}

/** Globals that read the world or change it. */
const impureGlobals = new Set([
  ...["process", "fetch", "performance", "console", "crypto", "WebSocket", "EventSource", "navigator", "localStorage"],
  ...["setTimeout", "setInterval", "setImmediate", "queueMicrotask", "Temporal"],
]);

function impurityOf(node: ts.Node, declared: ReadonlySet<string>): string | null {
  if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression)) {
    const name = `${node.expression.text}.${node.name.text}`;
    if (name === "Date.now" || name === "Math.random") return name;
    if (node.expression.text === "globalThis" && impureGlobals.has(node.name.text)) return name;
  }
  if (ts.isNewExpression(node) && isDate(node.expression) && (node.arguments ?? []).length === 0) return "new Date()";
  if (ts.isCallExpression(node) && isDate(node.expression)) return "Date()";
  const isGlobal = ts.isIdentifier(node) && impureGlobals.has(node.text) && !declared.has(node.text) && isExpression(node);
  return isGlobal ? node.text : null;
}

function isDate(node: ts.Node): boolean {
  return ts.isIdentifier(node) && node.text === "Date";
}

/** An identifier that is read, as opposed to a name of a property, a label or a type. */
function isExpression(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  return !(ts.isPropertySignature(parent) || ts.isPropertyDeclaration(parent) || ts.isMethodDeclaration(parent) || ts.isTypeNode(parent));
}

function declaredNames(file: ts.SourceFile): Set<string> {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    const isDeclaration =
      ts.isVariableDeclaration(node) ||
      ts.isParameter(node) ||
      ts.isBindingElement(node) ||
      ts.isFunctionDeclaration(node) ||
      ts.isImportSpecifier(node) ||
      ts.isClassDeclaration(node);
    if (isDeclaration && node.name !== undefined && ts.isIdentifier(node.name)) names.add(node.name.text);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return names;
}
