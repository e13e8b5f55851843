import assert from "node:assert/strict";

/** One line of a page of metrics. */
export interface Line {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A page of metrics, read as Prometheus reads it; anything else on it is an error. */
export interface Page {
  /** The lines of one name. */
  lines(name: string): readonly Line[];
  /** The value of the only line with these labels, whatever others it has. */
  value(name: string, labels?: Readonly<Record<string, string>>): number | undefined;
  readonly names: readonly string[];
}

const label = /([a-z_]+)="((?:[^"\\]|\\.)*)",?/g;

function read(text: string): Map<string, Line[]> {
  const found = new Map<string, Line[]>();
  const seen = new Set<string>();
  for (const line of text.split("\n")) {
    if (line === "" || /^# (?:HELP|TYPE) [a-z_:][a-z0-9_:]* \S/.test(line)) continue;
    const parts = /^([a-z_:][a-z0-9_:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
    assert.ok(parts, `no line of metrics: ${line}`);
    const [, name = "", labels = "", value = ""] = parts;
    assert.equal(labels.replace(label, ""), "", `labels of ${line}`);
    assert.ok(!seen.has(`${name}{${labels}`), `stands twice: ${line}`);
    seen.add(`${name}{${labels}`);
    const entry = {
      labels: Object.fromEntries([...labels.matchAll(label)].map(([, k, v]) => [k, v])),
      value: Number(value),
    };
    assert.ok(!Number.isNaN(entry.value), line);
    found.set(name, [...(found.get(name) ?? []), entry]);
  }
  return found;
}

export async function readPage(url: string): Promise<Page> {
  const answer = await fetch(`${url}/metrics`);
  const text = await answer.text();
  assert.equal(answer.status, 200, text);
  assert.match(answer.headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/);
  const found = read(text);
  const lines = (name: string): readonly Line[] => found.get(name) ?? [];
  return {
    lines,
    names: [...found.keys()],
    value: (name, labels = {}) => {
      const fitting = lines(name).filter((line) =>
        Object.entries(labels).every(([key, value]) => line.labels[key] === value),
      );
      assert.ok(fitting.length <= 1, `several lines of ${name} with ${JSON.stringify(labels)}`);
      return fitting[0]?.value;
    },
  };
}
