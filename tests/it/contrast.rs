//! The colours of static/style.css against WCAG 2.2 AA, by numbers, in both themes.

use std::collections::BTreeMap;

const STYLE: &str = include_str!("../../static/style.css");

/// Text against the grounds it stands on: 4.5 : 1 (1.4.3).
const TEXT: [(&str, &[&str]); 7] = [
    ("ink", &["bg", "panel", "sunken", "accent-wash", "good-wash", "warn-wash", "bad-wash"]),
    ("dim", &["bg", "panel", "sunken", "accent-wash"]),
    ("accent", &["bg", "panel", "accent-wash", "good-wash", "warn-wash", "bad-wash"]),
    ("on-accent", &["accent"]),
    ("good", &["bg", "panel", "sunken", "good-wash"]),
    ("warn", &["bg", "panel", "sunken", "warn-wash"]),
    ("bad", &["bg", "panel", "sunken", "bad-wash"]),
];

/// Edges of controls, the focus ring, the outline of bricks and the lines of charts: 3 : 1 (1.4.11).
const EDGES: [(&str, &[&str]); 5] = [
    ("edge", &["bg", "panel", "sunken"]),
    ("accent", &["bg", "panel", "sunken"]),
    // The lines of charts.
    ("plot", &["panel", "sunken"]),
    ("hue-5", &["panel", "sunken"]),
    ("ink", &["sunken"]),
];

#[test]
fn text_and_edges_stand_out_in_both_themes_wcag_1_4_3_and_1_4_11() {
    let tokens = tokens();
    let mut faint = Vec::new();
    for (pairs, least) in [(&TEXT[..], 4.5), (&EDGES[..], 3.0)] {
        for (front, grounds) in pairs {
            for ground in *grounds {
                for theme in [0, 1] {
                    let ratio = contrast(tokens[*front][theme], tokens[*ground][theme]);
                    if ratio < least {
                        faint.push(format!("--{front} on --{ground}, theme {theme}: {ratio:.2} < {least}"));
                    }
                }
            }
        }
    }
    assert!(faint.is_empty(), "{faint:#?}");
}

/// A brick is told from its ground by its outline on light and by its hue on dark, and its letter from the brick.
#[test]
fn bricks_stand_out_and_their_letters_can_be_read() {
    let tokens = tokens();
    let grounds = tokens["sunken"];
    for hue in 0..7 {
        let hue = tokens[format!("hue-{hue}").as_str()];
        assert!(contrast(hue[0], tokens["brick-ink"][0]) >= 4.5, "letter on {hue:?}");
        assert!(contrast(hue[1], grounds[1]) >= 3.0, "{hue:?} on dark");
    }
    assert!(contrast(tokens["brick-edge"][0], grounds[0]) >= 3.0);
}

/// The contrast of black on white is 21 : 1, of a colour on itself 1 : 1.
#[test]
fn the_measure_is_that_of_wcag() {
    assert!((contrast([0; 3], [255; 3]) - 21.0).abs() < 1e-9);
    assert!((contrast([10, 20, 30], [10, 20, 30]) - 1.0).abs() < 1e-9);
    assert!((contrast([0x76; 3], [255; 3]) - 4.54).abs() < 0.01);
}

type Colour = [u8; 3];

/// Every colour token, light and dark.
fn tokens() -> BTreeMap<&'static str, [Colour; 2]> {
    let root = STYLE.split_once(":root {").unwrap().1.split_once('}').unwrap().0;
    root.lines()
        .filter_map(|line| {
            let (name, value) = line.trim().strip_prefix("--")?.split_once(':')?;
            let mut colours = value.split('#').skip(1).map(|text| colour(text.get(..6)?));
            let light = colours.next()??;
            Some((name, [light, colours.next().flatten().unwrap_or(light)]))
        })
        .collect()
}

fn colour(text: &str) -> Option<Colour> {
    let part = |at: usize| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
    Some([part(0)?, part(2)?, part(4)?])
}

fn contrast(a: Colour, b: Colour) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn luminance(colour: Colour) -> f64 {
    let [r, g, b] = colour.map(|part| {
        let part = f64::from(part) / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * r + 0.7152 * g + 0.0722 * b
}
