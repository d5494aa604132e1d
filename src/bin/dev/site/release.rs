//! The release site in `dist/`, and what it weighs.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

use super::finish::files;
use super::links::Links;
use super::split::{Parts, split};
use super::{Profile, VIEWS, csp, dist, sizes};
use crate::program::{run, say, target};
use crate::tools::Tools;
use crate::{npm, places};

/// npm's `binaryen`, which holds wasm-opt.
const BINARYEN: &str = "132.0.0";

/// npm's `esbuild`, which takes out of scripts and styles what only people read.
const ESBUILD: &str = "0.25.5";

/// What rustc's WebAssembly may use; wasm-opt must know, and must not reach for more.
const FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// `cargo dev build`: the site in `dist/` with its size table. An error if the first load is over its budget.
pub fn build() -> Result<(), String> {
    let report = site(&Tools::ready()?)?;
    print!("{}", report.text);
    println!(
        "the site is in {}",
        dist().strip_prefix(env::current_dir().unwrap_or_default()).unwrap_or(&dist()).display()
    );
    report.verdict()
}

/// What a release build came to.
pub struct Report {
    /// The size table and what was or was not done.
    pub text: String,
    /// The first load in brotli bytes; none where it could not be compressed.
    pub brotli: Option<u64>,
}

impl Report {
    /// An error if the first load is over its budget.
    pub fn verdict(&self) -> Result<(), String> {
        match self.brotli {
            Some(bytes) if bytes > sizes::BUDGET => Err(format!("the first load is over its budget: {bytes} bytes")),
            _ => Ok(()),
        }
    }
}

/// Builds the release site.
pub fn site(tools: &Tools) -> Result<Report, String> {
    let mut optimised = String::new();
    super::build(tools, Profile::Release, &dist(), |stage| {
        divide(stage)?;
        optimised = match npm::package("binaryen", BINARYEN, "smaller WebAssembly files") {
            Ok(binaryen) => optimise(&binaryen, stage).map(|()| format!("wasm-opt -Oz ran (binaryen {BINARYEN})"))?,
            Err(why) => format!("wasm-opt did not run: {why}"),
        };
        // Without it they are as good, and 2 kB larger.
        if let Ok(esbuild) = npm::package("esbuild", ESBUILD, "smaller scripts and styles") {
            minify(&esbuild, stage)?;
        }
        Ok(())
    })?;
    let compressed = sizes::compress(&dist());
    let rows = sizes::first_load(&dist()).map_err(|error| format!("{}: {error}", dist().display()))?;
    let later = sizes::later(&dist()).map_err(|error| format!("{}: {error}", dist().display()))?;
    let mut text = sizes::table(&rows, &later) + &optimised + "\n";
    if let Err(why) = &compressed {
        text += &format!("the brotli column shows raw sizes: {why}\n");
    }
    Ok(Report { text, brotli: compressed.is_ok().then(|| sizes::sums(&rows).1) })
}

/// The functions through which the page enters what it fetches later (see the page's `port::views`): views of its own,
/// and the rooms of the engine that only a call leads into which `lab::needs_later` names.
const GATES: [&str; 33] = [
    "<app::app::pages::build::Build as yew::functional::FunctionProvider>::run::inner",
    "<app::app::pages::cards::Cards as yew::functional::FunctionProvider>::run::inner",
    "<app::app::pages::fleet::add_dialog::AddDialog as yew::functional::FunctionProvider>::run::inner",
    "app::app::pages::later_view",
    "<app::app::pages::fleet::run_dialog::RunDialog as yew::functional::FunctionProvider>::run::inner",
    "app::app::pages::about::about",
    "app::app::session::acts::perform_later",
    "app::app::session::passing::go",
    "app::app::session::desk::cards::<impl app::app::session::desk::Desk>::learn",
    "app::app::session::desk::cards::<impl app::app::session::desk::Desk>::progress",
    "ecs_lab::aws::check::constraint::constraint",
    "ecs_lab::aws::model::pattern::Pattern::matches",
    "ecs_lab::ecs::program::powershell::translated",
    "ecs_lab::ecs::program::walk::script",
    "ecs_lab::iam::permit::judge",
    "ecs_lab::ec2::call::later_call",
    "ecs_lab::ec2::call::later_read",
    "ecs_lab::ecs::api::later_call",
    "ecs_lab::ecs::api::later_read",
    "ecs_lab::ecs::api::service_connect::defaults",
    "ecs_lab::ecs::describe_proxy::add",
    "ecs_lab::iam::roles::<impl ecs_lab::iam::state::Iam>::role_judged",
    "ecs_lab::iam::roles::role_state_for",
    "ecs_lab::lab::dispatch::later_call",
    "ecs_lab::lab::dispatch::later_event",
    "ecs_lab::lab::dispatch::later_read",
    "ecs_lab::lab::repair::repairs",
    "ecs_lab::placement::json::decision",
    "ecs_lab::placement::query::judge::holds",
    "ecs_lab::placement::query::judge::judge",
    "ecs_lab::placement::query::parser::<impl ecs_lab::placement::query::expression::Expression>::parse",
    "<app::app::pages::fleet::what_if::WhatIf as yew::functional::FunctionProvider>::run::inner",
    "app::app::pages::fleet::inspect::detail",
];

/// Takes what only the later views run out of the first load, and tells the page where it is.
fn divide(stage: &Path) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("the code could not be split: {error}");
    let name = format!("{VIEWS}/views-0000000000000000.wasm");
    fs::create_dir_all(stage.join(VIEWS)).map_err(failed)?;
    let linked = places::root().join(target()).join("wasm32-unknown-unknown/site/app.wasm");
    let links = Links::read(&fs::read(&linked).map_err(failed)?)
        .map_err(|error| format!("what the linker left could not be read: {error}"))?
        .ok_or("the linker left nothing: were its flags changed by RUSTFLAGS?")?;
    each(stage, "wasm", |file, first| {
        let Parts { first: rest, later } = split(&fs::read(file).map_err(failed)?, &GATES, &links)?;
        fs::write(stage.join(&name), later).and_then(|()| fs::write(first, rest)).map_err(failed)
    })?;
    let index = stage.join("index.html");
    let html = fs::read_to_string(&index).map_err(failed)?;
    let place = format!("{}\n<meta name=\"ecs-lab-views\" content=\"{name}\">", csp::PLACE);
    fs::write(&index, html.replace(csp::PLACE, &place)).map_err(failed)
}

/// Each is here for what it saves after brotli.
///
/// Flattened first, the code repeats itself less. A function that stands alone packs better than inside its only caller.
/// Below address 1,024 lies the far end of the stack, where no object can be: constants may move into loads and stores.
/// What only tools read about the file is left out.
const PASSES: [&str; 9] = [
    "--flatten",
    "--rereloop",
    "-Oz",
    "-Oz",
    "--one-caller-inline-max-function-size=0",
    "--low-memory-unused",
    "--reorder-functions",
    "--strip-producers",
    "--strip-target-features",
];

fn optimise(binaryen: &Path, stage: &Path) -> Result<(), String> {
    let smaller = |file: &Path, small: &Path| {
        say("wasm-opt -Oz");
        let mut node = Command::new("node");
        node.arg(binaryen.join("bin/wasm-opt")).args(PASSES).args(FEATURES).arg("--strip-debug");
        run(node.arg("-o").arg(small).arg(file).current_dir(places::root()), "wasm-opt")
    };
    each(&stage.join(VIEWS), "wasm", smaller)?;
    each(stage, "wasm", smaller)
}

fn minify(esbuild: &Path, stage: &Path) -> Result<(), String> {
    let smaller = |file: &Path, small: &Path| {
        let mut node = Command::new("node");
        node.arg(esbuild.join("bin/esbuild")).arg(file).args(["--minify", "--charset=utf8", "--log-level=error"]);
        run(node.arg(format!("--outfile={}", small.display())).current_dir(places::root()), "esbuild")
    };
    each(stage, "js", smaller)?;
    each(stage, "css", smaller)
}

/// Puts a smaller file in the place of each one with this extension.
fn each(stage: &Path, extension: &str, make: impl Fn(&Path, &Path) -> Result<(), String>) -> Result<(), String> {
    for file in files(stage).map_err(|error| error.to_string())? {
        if file.extension().is_some_and(|end| end == extension) {
            let small = file.with_added_extension("small");
            make(&file, &small)?;
            fs::rename(&small, &file).map_err(|error| error.to_string())?;
        }
    }
    Ok(())
}
