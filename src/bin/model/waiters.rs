//! The table of the waiters behind `aws … wait`: one line a waiter, and, where its operation is simulated, one an acceptor.

use serde_json::Value;
use std::fmt::Write as _;
use std::path::Path;

use crate::{Source, newest, read, word};

/// Writes the table of all services; `src/shell/aws/wait.rs` describes its form.
pub fn waiters(package: &Path, version: &str, sources: &[Source]) -> Result<String, String> {
    let mut out = format!(
        "# Derived from the waiter models of botocore {version}, Copyright Amazon.com, Inc. or its affiliates, licensed \
         under Apache-2.0.\n# Made by the binary `model` (src/bin/model): do not edit.\n"
    );
    for source in sources {
        let path = newest(&package.join("data").join(source.service))?.join("waiters-2.json");
        // Not every service has any.
        if !path.exists() {
            continue;
        }
        let model = read(&path)?;
        for (name, waiter) in model["waiters"].as_object().into_iter().flatten() {
            let operation = word(&waiter["operation"])?;
            let (delay, attempts) = (&waiter["delay"], &waiter["maxAttempts"]);
            let _ = writeln!(out, "waiter\t{}\t{name}\t{operation}\t{delay}\t{attempts}", source.service);
            if !source.first.contains(&operation) && !source.later.contains(&operation) {
                continue;
            }
            for own in waiter["acceptors"].as_array().into_iter().flatten() {
                let text = |name: &str| own[name].as_str().unwrap_or_default();
                let expected: &Value = &own["expected"];
                let _ = writeln!(out, "{}\t{}\t{expected}\t{}", text("state"), text("matcher"), text("argument"));
            }
        }
    }
    Ok(out)
}
