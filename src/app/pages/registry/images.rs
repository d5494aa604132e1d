//! The images of a repository, and the layers that they share.

use super::{called, ecr, megabytes, platform, short};
use crate::app::pages::fleet::deed;
use crate::app::parts::{TableProps, table};
use crate::app::session::Door;
use ecs_lab::ecr::{Image, Repository};
use ecs_lab::lab::Lab;
use serde_json::json;
use yew::prelude::*;

/// Images that are shown, the newest first.
const MOST: usize = 100;

/// imageTagMutability with its exceptions.
fn mutability(own: &Repository) -> String {
    match own.exclusions.join(", ") {
        patterns if patterns.is_empty() => own.mutability.clone(),
        patterns => format!("{}: {patterns}", own.mutability),
    }
}

/// The images, their layers, and what takes an image away.
pub fn images(door: &Door, lab: &Lab, own: &Repository) -> Html {
    let uri = own.uri(&lab.world().options().account);
    let shown: Vec<&Image> = own.images().rev().take(MOST).collect();
    html! {
        <section class="stack" aria-labelledby="images-title">
            <h2 id="images-title">{ &own.name }</h2>
            <p class="chips">
                <span class="chip">{ mutability(own) }</span>{ " " }
                <span class="chip">{ if own.scan_on_push { "scans on push" } else { "scans by hand" } }</span>
            </p>
            <p class="dim mono any" data-testid="registry-uri">{ uri }</p>
            if shown.is_empty() {
                <p data-testid="images-none">{ "No image yet." }</p>
            } else {
                { list(own, &shown) }
                { layers(own) }
                <details class="pane" data-testid="images-more">
                    <summary>{ "Take an image or a tag away" }</summary>
                    { for shown.iter().map(|image| delete(door, own, image)) }
                </details>
            }
        </section>
    }
}

fn list(own: &Repository, shown: &[&Image]) -> Html {
    let row = |image: &&Image| {
        let pulled = image.pulled_at.map_or_else(|| "never".to_owned(), |at| at.to_string());
        vec![
            html! { <strong>{ if image.tags.is_empty() { "untagged".to_owned() } else { image.tags.join(", ") } }</strong> },
            html! { <span class="mono" title={image.digest.clone()}>{ short(&image.digest) }</span> },
            html! { platform(own, image) },
            whole(megabytes(image.size)),
            whole(image.pushed_at.to_string()),
            whole(pulled),
            html! { image.status.name() },
        ]
    };
    let head = vec!["Tags", "Digest", "Platform", "Size", "Pushed", "Last pulled", "State"];
    let rows = shown.iter().map(row).collect();
    table(&TableProps { caption: "Images, the newest first".into(), head, rows, testid: "image-table".into() })
}

/// A size or a time, which stays on its line.
fn whole(text: String) -> Html {
    html! { <span class="whole">{ text }</span> }
}

/// Each layer once, with the images that stand on it.
fn layers(own: &Repository) -> Html {
    let users = |digest: &str| -> Vec<String> {
        own.images().filter(|image| image.parsed.layers.iter().any(|blob| blob.digest == digest)).map(called).collect()
    };
    // What the manifests tell is the size of a real layer of that kind.
    let size = |digest: &str| {
        let mut blobs = own.images().flat_map(|image| &image.parsed.layers);
        blobs.find(|blob| blob.digest == digest).map(|blob| blob.size)
    };
    let mut all: Vec<(&String, u64, Vec<String>)> =
        own.layers().map(|(digest, layer)| (digest, size(digest).unwrap_or(layer.size), users(digest))).collect();
    // Configurations are kept beside the layers, and belong to one image each.
    all.retain(|(.., users)| !users.is_empty());
    all.sort_by(|left, right| right.2.len().cmp(&left.2.len()).then(left.0.cmp(right.0)));
    let stored: u64 = all.iter().map(|(_, size, _)| size).sum();
    let alone: u64 = all.iter().map(|(_, size, users)| size * users.len() as u64).sum();
    let said = format!("{} stored once; without sharing it would be {}.", megabytes(stored), megabytes(alone));
    let row = |(digest, size, users): &(&String, u64, Vec<String>)| {
        vec![
            html! { <span class="mono" title={(*digest).clone()}>{ short(digest) }</span> },
            whole(megabytes(*size)),
            html! { if users.len() > 1 { <span class="chip good">{ format!("shared by {}", users.len()) }</span> } else { { "one image" } } },
            html! { <span class="any">{ users.join("; ") }</span> },
        ]
    };
    let rows = all.iter().take(MOST).map(row).collect();
    let head = vec!["Layer", "Size", "Shared", "Images"];
    html! {
        <>
            { table(&TableProps { caption: "Layers".into(), head, rows, testid: "layer-table".into() }) }
            <p class="dim" data-testid="layers-said">{ said }</p>
        </>
    }
}

fn delete(door: &Door, own: &Repository, image: &Image) -> Html {
    let one = |id: serde_json::Value, words: String| {
        let command = ecr("BatchDeleteImage", json!({ "repositoryName": own.name, "imageIds": [id] }));
        html! { <div key={words.clone()}>{ deed(door, &words, "delete-image", "delete-image-line", &command, true) }</div> }
    };
    html! {
        <>
            { for image.tags.iter().map(|tag| one(json!({ "imageTag": tag }), format!("Take the tag {tag} away"))) }
            { one(json!({ "imageDigest": image.digest }), format!("Delete the image {}", short(&image.digest))) }
        </>
    }
}
