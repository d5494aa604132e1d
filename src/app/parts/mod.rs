//! What the views are made of. Each part takes values and callbacks; none knows the store but [`CommandLine`], which
//! copies, and [`Notices`], whose buttons act.

mod command;
mod dialog;
mod empty;
mod field;
mod live;
mod notices;
mod table;
mod tabs;

pub use command::CommandLine;
pub use dialog::Dialog;
pub use empty::Empty;
pub use field::{AreaField, CheckField, SelectField, TextField};
pub use live::LiveRegion;
pub use notices::Notices;
pub use table::Table;
pub use tabs::Tabs;
