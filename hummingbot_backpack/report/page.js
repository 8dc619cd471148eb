"use strict";
// Charts take the page's colours, and the paper's width when it is printed.
const charts = () => [...document.querySelectorAll(".plotly-graph-div")];
const ink = () => getComputedStyle(document.documentElement).getPropertyValue("--dim").trim();
const paint = () => charts().forEach((chart) => Plotly.relayout(chart, { "font.color": ink() }));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
const resize = () => charts().forEach((chart) => Plotly.Plots.resize(chart));
addEventListener("beforeprint", resize);
addEventListener("afterprint", resize);
matchMedia("print").addEventListener("change", resize);
paint();
