import type { Remark } from '../code/findings';

const MAX = 4;

/** Leaves acronyms alone. */
function lowerFirst(text: string): string {
  return /^[A-Z][a-z ]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}

/** Reasons to reject, one tap each, made from what was found. */
export function suggestions(list: readonly Remark[]): string[] {
  const out = list
    .filter((remark) => remark.severity !== 'note')
    .map((remark): string => {
      const where = remark.line > 0 ? ` (line ${remark.line})` : '';
      return `Fix: ${lowerFirst(remark.title)}${where}`;
    });
  return [...new Set(out)]
    .slice(0, MAX)
    .concat(out.length < MAX ? ['Describe what the tool does, without orders to the model'] : []);
}
