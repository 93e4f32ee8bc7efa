/** How popular clients are told about this endpoint. */
export type Snippet = { key: string; client: string; where: string; text: string };

function json(value: unknown): string {
  return JSON.stringify(value, null, 2);
}

export function snippets(url: string): Snippet[] {
  return [
    {
      key: 'claude-code',
      client: 'Claude Code',
      where: 'In a terminal',
      text: `claude mcp add --transport http mcpbox ${url}`,
    },
    {
      key: 'cursor',
      client: 'Cursor',
      where: '.cursor/mcp.json',
      text: json({ mcpServers: { mcpbox: { url } } }),
    },
    {
      key: 'vscode',
      client: 'VS Code',
      where: '.vscode/mcp.json',
      text: json({ servers: { mcpbox: { type: 'http', url } } }),
    },
    {
      key: 'other',
      client: 'Any other',
      where: 'Streamable HTTP, this address',
      text: url,
    },
  ];
}
