/** YAML with the line of everything in it, so that a problem can be shown where it stands. */
import { LineCounter, isAlias, isMap, isNode, isScalar, isSeq, parseDocument, type Document } from 'yaml';

export type ReadYaml = { data: unknown; document: Document; lines: LineCounter };
export type BrokenYaml = { broken: { line: number; message: string }[] };

/** Parses one YAML document; duplicate keys and broken syntax come back with their lines. */
export function readYaml(text: string): ReadYaml | BrokenYaml {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
  if (document.errors.length > 0) {
    return {
      broken: document.errors.map((error) => ({
        line: lines.linePos(error.pos[0]).line,
        message: error.message,
      })),
    };
  }
  try {
    return { data: document.toJS() as unknown, document, lines };
  } catch (error) {
    // Aliases that multiply beyond reason, or that name nothing.
    return { broken: [{ line: 1, message: error instanceof Error ? error.message : 'cannot be read' }] };
  }
}

/** The line of a key, or of the nearest thing above it that exists; `missing` when it does not stand there. */
export function lineOf(
  { document, lines }: ReadYaml,
  path: PropertyKey[],
): { line: number; missing: boolean } {
  let offset = 0;
  let node: unknown = document.contents;
  for (const [depth, step] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    let next: unknown;
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => (isScalar(key) ? key.value : key) === step);
      if (pair !== undefined && isNode(pair.key)) offset = pair.key.range?.[0] ?? offset;
      next = pair?.value ?? pair?.key;
    } else if (isSeq(node) && typeof step === 'number') {
      next = node.items[step];
      if (isNode(next)) offset = next.range?.[0] ?? offset;
    }
    if (next === undefined) return { line: lineAt(lines, offset), missing: depth === path.length - 1 };
    node = next;
  }
  return { line: lineAt(lines, offset), missing: false };
}

function lineAt(lines: LineCounter, offset: number): number {
  return Math.max(1, lines.linePos(offset).line);
}
