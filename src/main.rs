//! The page: mounts the Yew app.

mod app;

fn main() {
    app::start();
}
