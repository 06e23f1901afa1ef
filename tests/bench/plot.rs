//! Render time over the number of rules, as SVG. Both axes are logarithmic.

use std::fmt::Write;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 320.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 20.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 50.0;
/// Decades of the time axis, from 1 ns on.
const TIMES: [(&str, f64); 5] = [("100 ns", 1e2), ("1 µs", 1e3), ("10 µs", 1e4), ("100 µs", 1e5), ("1 ms", 1e6)];

/// Points of rules and nanoseconds.
pub(crate) fn svg(points: &[(usize, f64)]) -> String {
    let most = points.iter().map(|(rules, _)| *rules).max().unwrap_or(1);
    // Zero rules have no logarithm; they stand where one would.
    let x = |rules: usize| {
        let share = (rules.max(1) as f64).log10() / (most.max(10) as f64).log10();
        LEFT + share * (WIDTH - LEFT - RIGHT)
    };
    let y = |ns: f64| HEIGHT - BOTTOM - (ns.log10() - 2.0) / 4.0 * (HEIGHT - TOP - BOTTOM);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"white\"/>\n\
         <text x=\"{LEFT}\" y=\"22\" font-size=\"14\">Rendering one service under rules for other services</text>\n"
    );
    for (name, ns) in TIMES {
        let (y, right) = (y(ns), WIDTH - RIGHT);
        line(&mut out, &format!("<path d=\"M{LEFT} {y:.1}H{right}\" stroke=\"#ddd\"/>"));
        text(&mut out, LEFT - 8.0, y + 4.0, "end", name);
    }
    for (rules, ns) in points {
        text(&mut out, x(*rules), HEIGHT - BOTTOM + 18.0, "middle", &rules.to_string());
        line(&mut out, &format!("<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"4\" fill=\"#0a5\"/>", x(*rules), y(*ns)));
    }
    let path: Vec<String> = points.iter().map(|(rules, ns)| format!("{:.1} {:.1}", x(*rules), y(*ns))).collect();
    line(&mut out, &format!("<path d=\"M{}\" fill=\"none\" stroke=\"#0a5\" stroke-width=\"2\"/>", path.join("L")));
    text(&mut out, (WIDTH + LEFT - RIGHT) / 2.0, HEIGHT - 10.0, "middle", "rules for other services");
    out.push_str("</svg>\n");
    out
}

fn line(out: &mut String, line: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{line}");
}

fn text(out: &mut String, x: f64, y: f64, anchor: &str, text: &str) {
    line(out, &format!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>"));
}
