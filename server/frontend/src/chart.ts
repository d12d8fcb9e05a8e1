import { BarController, BarElement, CategoryScale, Chart, LinearScale, LineController, LineElement, PointElement, Tooltip } from "chart.js";
import type { Group } from "./table";
import { gettext } from "./texts";

Chart.register(BarController, BarElement, LineController, LineElement, PointElement, CategoryScale, LinearScale, Tooltip);

const MOST = 40;

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function cut(text: string): string {
  return text.length > 42 ? `${text.slice(0, 40)}…` : text;
}

/** Draws groups as bars, or as a line when they are dates, and says how many it leaves out. */
export function drawChart(place: HTMLElement, groups: Group[], measure: string): void {
  const dates = groups.length > 1 && groups.every(({ key }) => /^\d{4}(-\d\d){0,2}$/.test(key));
  const ordered = dates ? [...groups].sort((one, other) => one.key.localeCompare(other.key)) : groups.slice(0, MOST);
  const frame = document.createElement("div");
  frame.className = "drawing";
  frame.style.height = dates ? "24rem" : `${Math.max(ordered.length * 1.7 + 4, 8)}rem`;
  const canvas = document.createElement("canvas");
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", gettext("Chart of “{measure}”; the table has the same values", { measure }));
  frame.append(canvas);
  const left = groups.length - ordered.length;
  const note = document.createElement("p");
  note.className = "quiet";
  note.textContent = left > 0 ? gettext("The {shown} largest of {all} are drawn.", { shown: ordered.length, all: groups.length }) : "";
  place.replaceChildren(frame, note);
  const [ink, line, accent] = [colour("--ink"), colour("--line"), colour("--accent")];
  const turned = document.documentElement.dir === "rtl";
  const axis = { ticks: { color: ink, autoSkip: dates }, grid: { color: line } };
  new Chart(canvas, {
    type: dates ? "line" : "bar",
    data: {
      labels: ordered.map(({ key }) => cut(key)),
      datasets: [{ label: measure, data: ordered.map(({ value }) => value), backgroundColor: accent, borderColor: accent }],
    },
    options: {
      indexAxis: dates ? "x" : "y",
      maintainAspectRatio: false,
      animation: false,
      scales: {
        x: { ...axis, reverse: turned && !dates, title: { display: !dates, text: measure, color: ink }, beginAtZero: true },
        y: { ...axis, position: turned && !dates ? "right" : "left", title: { display: dates, text: measure, color: ink }, beginAtZero: true },
      },
      plugins: { tooltip: { callbacks: { title: ([item]) => ordered[item?.dataIndex ?? 0]?.key ?? "" } } },
    },
  });
}
