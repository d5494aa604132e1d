//! What scans found in an image.

use super::{Draft, called, ecr};
use crate::app::pages::fleet::deed;
use crate::app::parts::{Choice, Kept, SelectFieldProps, TableProps, edit, select_field, table};
use crate::app::session::Door;
use ecs_lab::ecr::{Image, Repository};
use ecs_lab::lab::{ApiCall, Lab};
use serde_json::{Value, json};
use yew::prelude::*;
use yew::props;

/// The findings of the chosen image; else what starts a scan of it.
pub fn findings(door: &Door, lab: &Lab, own: &Repository, draft: &Kept<Draft>) -> Html {
    let all: Vec<&Image> = own.images().rev().filter(|image| !image.parsed.is_index()).collect();
    // What beside an image is none, such as its provenance, is made for no system.
    let runs = |image: &&&Image| {
        let platform = own.platform(&image.parsed);
        platform.starts_with("linux") || platform.starts_with("windows")
    };
    let chosen = all.iter().find(|image| image.digest == draft.image);
    let Some(shown) = chosen.or_else(|| all.iter().find(runs)).or(all.first()) else { return Html::default() };
    let options: Vec<Choice> = all.iter().map(|image| (image.digest.clone().into(), called(image).into())).collect();
    let change = edit(draft, |draft, value| draft.image = value);
    let input = json!({ "repositoryName": own.name, "imageId": { "imageDigest": shown.digest } });
    let answer = lab.world().read(&ApiCall::new("ecr", "DescribeImageScanFindings", input.clone()));
    let said = match &answer {
        Ok(answer) => status(answer),
        Err(_) => "Not scanned yet.".to_owned(),
    };
    html! {
        <section class="stack" aria-labelledby="scan-title">
            <h2 id="scan-title">{ "Scan findings" }</h2>
            <p class="dim">{ "The findings are made up, but the same for the same base image." }</p>
            <div class="slim">{ select_field(&props!(SelectFieldProps { id: "scan-image", label: "Image", value: shown.digest.clone(), options, change })) }</div>
            <p data-testid="scan-said">{ said }</p>
            if let Ok(answer) = &answer { { list(answer) } }
            { deed(door, "Scan it", "scan-image-now", "scan-image-line", &ecr("StartImageScan", input), false) }
        </section>
    }
}

fn status(answer: &Value) -> String {
    let own = &answer["imageScanStatus"];
    let word = own["status"].as_str().unwrap_or_default();
    match own["description"].as_str() {
        Some(about) => format!("{word}: {about}"),
        None => word.to_owned(),
    }
}

/// Both kinds of scan, as one list.
fn list(answer: &Value) -> Html {
    let own = &answer["imageScanFindings"];
    let basic = own["findings"].as_array().into_iter().flatten();
    let enhanced = own["enhancedFindings"].as_array().into_iter().flatten();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let attribute = |one: &Value, key: &str| {
        let all = one["attributes"].as_array().into_iter().flatten();
        all.filter(|own| own["key"] == key).map(|own| text(&own["value"])).collect::<String>()
    };
    let tone = |severity: &str| match severity {
        "CRITICAL" | "HIGH" => "bad",
        "MEDIUM" => "warn",
        _ => "",
    };
    let row = |name: String, severity: String, package: String, about: String| {
        vec![
            html! { <span class="mono">{ name }</span> },
            html! { <span class={classes!("chip", tone(&severity))}>{ severity }</span> },
            html! { <span class="mono">{ package }</span> },
            html! { <span class="any">{ about }</span> },
        ]
    };
    let mut rows: Vec<Vec<Html>> = basic
        .map(|one| {
            let package = format!("{} {}", attribute(one, "package_name"), attribute(one, "package_version"));
            row(text(&one["name"]), text(&one["severity"]), package, text(&one["description"]))
        })
        .collect();
    rows.extend(enhanced.map(|one| {
        let details = &one["packageVulnerabilityDetails"];
        let package = &details["vulnerablePackages"][0];
        let package = format!("{} {}", text(&package["name"]), text(&package["version"]));
        row(text(&details["vulnerabilityId"]), text(&one["severity"]), package, text(&one["description"]))
    }));
    if rows.is_empty() {
        return Html::default();
    }
    let head = vec!["Finding", "Severity", "Package", "About"];
    table(&TableProps { caption: "Findings, the worst first".into(), head, rows, testid: "finding-table".into() })
}
