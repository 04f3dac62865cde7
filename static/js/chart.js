// Draws each chart from the table below it: the numbers on the page are the only numbers there are.

const read = (figure) => {
  const rows = [...figure.querySelectorAll("tbody tr")];
  return {
    categories: rows.map((row) => row.querySelector("th").textContent.trim()),
    places: rows.map((row) => [Number(row.dataset.column), Number(row.dataset.row)]),
    series: [...figure.querySelectorAll("thead th")].map((head, index) => ({
      label: head.textContent.trim(),
      values: rows.map((row) => Number(row.querySelectorAll("td")[index].dataset.value)),
    })),
    links: rows.map((row) => row.querySelector("td a")?.href),
  };
};

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

const look = () => ({
  palette: ["--progress", "--accent", "--success", "--attention", "--neutral"].map(token),
  ink: token("--ink"),
  soft: token("--ink-soft"),
  rule: token("--rule"),
  tint: token("--progress-tint"),
  font: getComputedStyle(document.body).fontFamily,
});

const axes = (kind, data, style) => {
  const names = {
    type: "category",
    data: data.categories,
    inverse: kind === "bars",
    axisTick: { show: false },
    axisLine: { lineStyle: { color: style.rule } },
    axisLabel: { color: style.ink, hideOverlap: kind === "line", interval: kind === "bars" ? 0 : "auto" },
  };
  const numbers = {
    type: "value",
    minInterval: 1,
    splitNumber: 4,
    axisLabel: { color: style.soft },
    splitLine: { lineStyle: { color: style.rule } },
  };
  return kind === "bars" ? { xAxis: numbers, yAxis: names } : { xAxis: names, yAxis: numbers };
};

const plotted = (kind, data, style) => ({
  ...axes(kind, data, style),
  grid: { left: 4, right: 24, top: data.series.length > 1 ? 36 : 16, bottom: 4, outerBoundsMode: "same" },
  legend: { show: data.series.length > 1, top: 0, textStyle: { color: style.ink } },
  tooltip: { trigger: "axis", renderMode: "richText" },
  series: data.series.map((series) => ({
    name: series.label,
    type: kind === "line" ? "line" : "bar",
    data: series.values,
    barMaxWidth: 28,
    symbolSize: 6,
    label: { show: kind === "bars" && data.series.length === 1, position: "right", color: style.ink },
  })),
});

// A map of equal squares: every county is as easy to see and to click as every other, and no border is drawn wrong.
const tiled = (data, style) => {
  const values = data.series[0].values;
  const most = Math.max(...data.places.map((place) => place[1]));
  return {
    grid: { left: 0, right: 0, top: 0, bottom: 0 },
    xAxis: { show: false, type: "category", data: range(data.places.map((place) => place[0])) },
    yAxis: { show: false, type: "category", data: range(data.places.map((place) => place[1])) },
    visualMap: { show: false, min: 0, max: Math.max(1, ...values), inRange: { color: [style.tint, style.palette[0]] } },
    tooltip: { renderMode: "richText", formatter: (item) => `${item.name} ${item.value[2]}` },
    series: [{
      type: "heatmap",
      data: values.map((value, index) => ({
        name: data.categories[index],
        value: [data.places[index][0], most - data.places[index][1], value],
        label: { color: value > Math.max(...values) * 0.7 ? "#fff" : style.ink },
      })),
      itemStyle: { borderColor: "#fff", borderWidth: 3 },
      label: { show: true, formatter: (item) => `${item.name}\n${item.value[2]}`, lineHeight: 18 },
    }],
  };
};

const range = (numbers) => [...Array(Math.max(...numbers) + 1).keys()];

const height = (kind, data) => {
  if (kind === "bars") return 32 + data.categories.length * data.series.length * 26;
  if (kind === "tiles") return (Math.max(...data.places.map((place) => place[1])) + 1) * 64;
  return 240;
};

const draw = async (figure) => {
  const drawing = figure.querySelector(".chart-drawing");
  if (!drawing) return;
  const echarts = await import(figure.dataset.echarts);
  const data = read(figure);
  const style = look();
  const { kind } = figure.dataset;
  drawing.hidden = false;
  const chart = echarts.init(drawing, null, { renderer: "svg", height: height(kind, data) });
  chart.setOption({
    animation: false,
    color: style.palette,
    textStyle: { fontFamily: style.font },
    aria: { enabled: true, label: { enabled: false }, decal: { show: data.series.length > 1 } },
    ...(kind === "tiles" ? tiled(data, style) : plotted(kind, data, style)),
  });
  chart.on("click", ({ dataIndex }) => {
    if (data.links[dataIndex]) window.location.assign(data.links[dataIndex]);
  });
  new ResizeObserver(() => chart.resize()).observe(drawing);
  window.addEventListener("beforeprint", () => chart.resize());
  figure.querySelector(".chart-table").open = false;
  figure.dataset.drawn = echarts.version;
};

for (const figure of document.querySelectorAll("figure.chart")) draw(figure);
