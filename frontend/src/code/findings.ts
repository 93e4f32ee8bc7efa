import type { Finding, Severity } from '../api/types';
import { hiddenName, label, scan, type Suspect } from '../lib/hidden';
import type { Note } from './notes';

/** A finding of the server, or one of the page's own scan for hidden characters. */
export type Remark = {
  /** Identity within one digest. */
  key: string;
  severity: Severity;
  title: string;
  text: string;
  where: 'code' | 'description' | 'tool';
  /** From 1 in the code; 0 elsewhere. */
  line: number;
};

const ACRONYMS = /\b(api|dns|html|http|https|io|ip|json|sql|ssl|tls|url)\b/g;

/** "tls-verification-off" -> "TLS verification off" */
export function ruleWords(rule: string): string {
  const words = rule
    .replace(/[-_]+/g, ' ')
    .trim()
    .replace(ACRONYMS, (word) => word.toUpperCase());
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const ABOUT_HIDDEN = /hidden|invisible|bidi|unicode|control|zero-width/;
const ABOUT_TWINS = /look-?alike|confusable|homoglyph|mixed-script|identifier|unicode/;

function ofServer(finding: Finding): Remark {
  const described = /description|docstring/.test(finding.rule) && finding.line < 1;
  return {
    key: `${finding.rule}:${finding.line}:${finding.column}:${finding.message}`,
    severity: finding.severity,
    title: ruleWords(finding.rule),
    text: finding.message,
    where: finding.line >= 1 ? 'code' : described ? 'description' : 'tool',
    line: Math.max(0, finding.line),
  };
}

function ofSuspect(suspect: Suspect, where: 'code' | 'description'): Remark {
  const code = label(suspect.code);
  const hidden = suspect.kind === 'hidden';
  return {
    key: `page:${where}:${suspect.line}:${suspect.column}:${suspect.code}`,
    severity: hidden ? 'high' : 'warning',
    title: hidden ? `Hidden character ${code}` : `Look-alike letter ${code}`,
    text: hidden
      ? `A ${hiddenName(suspect.code)}: the text reads differently from what is run or sent.`
      : `“${suspect.word}” mixes Latin letters with one that only looks Latin.`,
    where,
    line: where === 'code' ? suspect.line : 0,
  };
}

/** One remark a line is enough for each kind, and none where the server has one. */
function fromScan(
  text: string,
  where: 'code' | 'description',
  known: readonly Finding[],
): Remark[] {
  const seen = new Set<string>();
  const out: Remark[] = [];
  for (const suspect of scan(text)) {
    const id = `${suspect.kind}:${where === 'code' ? suspect.line : 0}`;
    const about = suspect.kind === 'hidden' ? ABOUT_HIDDEN : ABOUT_TWINS;
    const told =
      where === 'code' &&
      known.some((finding) => finding.line === suspect.line && about.test(finding.rule));
    if (seen.has(id) || told) continue;
    seen.add(id);
    out.push(ofSuspect(suspect, where));
  }
  return out;
}

const RANK: Record<Severity, number> = { high: 0, warning: 1, note: 2 };

/** All remarks on a version, worst first, then by line. */
export function remarks(subject: {
  python_code: string;
  description: string;
  findings: readonly Finding[];
}): Remark[] {
  const all = [
    ...subject.findings.map(ofServer),
    ...fromScan(subject.python_code, 'code', subject.findings),
    ...fromScan(subject.description, 'description', subject.findings),
  ];
  const unique = new Map(all.map((remark) => [remark.key, remark]));
  return [...unique.values()].toSorted(
    (a, b) => RANK[a.severity] - RANK[b.severity] || a.line - b.line,
  );
}

/** Those that belong to a line, as the code view wants them. */
export function notesOf(list: readonly Remark[]): Note[] {
  return list
    .filter((remark) => remark.line > 0)
    .map(({ key, severity, line, title, text }) => ({ key, severity, line, title, text }));
}
