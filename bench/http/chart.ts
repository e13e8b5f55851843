// The chart of a run, bench/results.svg: production mode, a panel for each workload that is not TechEmpower's.
import type { Figures, Plan } from "./measure.ts";
import { floorOf } from "./tables.ts";
import type { Workload } from "./workloads.ts";

// Colours that can be read on white and on black.
const text = "#768390";
const kiln = "#e8590c";
const yardstick = "#3b8eea";
const other = "#8b949e";
const panelWidth = 430;
const barsAt = 130;
const barsWidth = 250;
const rowHeight = 17;
/** A bar that would be longer ends here, with a gap. */
const longest = 4;

interface Bar {
  readonly name: string;
  readonly title: string;
  readonly ratio: number;
}

function barsOf(plan: Plan, figures: Figures, workload: Workload): Bar[] {
  const floor = floorOf(plan);
  if (floor === undefined) return [];
  return plan.subjects
    .filter(({ mode }) => mode === "production")
    .map((subject) => {
      const { name, title } = subject.contender;
      return { name, title, ratio: figures.ratio(subject, floor, workload) };
    })
    .sort((a, b) => a.ratio - b.ratio);
}

function widthOf(ratio: number): number {
  return (Math.min(ratio, longest) / longest) * barsWidth;
}

function colourOf(name: string): string {
  if (name === "kiln") return kiln;
  return name === "hand-written" ? yardstick : other;
}

function label(x: number, y: number, content: string, more = ""): string {
  return `<text x="${x}" y="${y}" fill="${text}" ${more}>${content}</text>`;
}

/** A bar, with a gap when it would be longer. */
function shape(ratio: number, y: number, colour: string): string {
  const end = barsAt + widthOf(ratio);
  const height = rowHeight - 4;
  const whole = `M${barsAt} ${y}H${end.toFixed(1)}v${height}H${barsAt}z`;
  const broken = `M${barsAt} ${y}H${end - 14}l-6 ${height}H${barsAt}zM${end - 10} ${y}H${end}v${height}H${end - 16}z`;
  return `<path d="${ratio > longest ? broken : whole}" fill="${colour}"/>`;
}

function bar({ name, title, ratio }: Bar, y: number): string {
  const weight = name === "kiln" ? 'font-weight="bold"' : "";
  return [
    label(barsAt - 8, y + 10, title, `text-anchor="end" ${weight}`),
    shape(ratio, y, colourOf(name)),
    label(barsAt + widthOf(ratio) + 6, y + 10, ratio.toFixed(2), weight),
  ].join("");
}

function panel(workload: Workload, bars: readonly Bar[], x: number, y: number): string {
  const floor = barsAt + widthOf(1);
  const bottom = 24 + bars.length * rowHeight;
  return `<g transform="translate(${x} ${y})">${label(barsAt, 12, workload.title, 'font-size="13" font-weight="bold"')}
${bars.map((each, i) => bar(each, 22 + i * rowHeight)).join("\n")}
<path d="M${floor} 18V${bottom}" stroke="${text}" stroke-dasharray="2 2"/></g>`;
}

/** The chart as text of an SVG; undefined when there is nothing to show. */
export function chart(plan: Plan, figures: Figures, date: string): string | undefined {
  const panels = plan.workloads
    .filter(({ title }) => !title.startsWith("TechEmpower"))
    .map((workload) => ({ workload, bars: barsOf(plan, figures, workload) }))
    .filter(({ bars }) => bars.length > 0);
  const [first] = panels;
  if (first === undefined) return undefined;
  const panelHeight = 44 + first.bars.length * rowHeight;
  const height = 50 + Math.ceil(panels.length / 2) * panelHeight;
  const drawn = panels.map(({ workload, bars }, i) =>
    panel(workload, bars, (i % 2) * panelWidth, 50 + Math.floor(i / 2) * panelHeight),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${panelWidth * 2} ${height}" font-family="system-ui, sans-serif" font-size="11">
<title>CPU of the server for a request, compared with bare node:http</title>
${label(12, 18, "CPU of the server for a request, compared with bare node:http (dashed line, 1.00). Less is better.", 'font-size="14"')}
${label(12, 36, `Everything on: validation, request id, context, three JSON log lines per request. ${date}, npm run bench`)}
${drawn.join("\n")}
</svg>
`;
}
