//! The catalogue of parties: what is built in, and the files of `--catalog`.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::parties::{Catalogue, CatalogueError, MAX_BYTES};

/// Why a file of `--catalog` cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// It cannot be read.
    #[error("--catalog {}: {why}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        why: std::io::Error,
    },
    /// What it holds is of no use.
    #[error("--catalog {}: {why}", path.display())]
    Content {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        why: CatalogueError,
    },
}

/// The built-in catalogue and these files, in their order.
pub(super) fn load(files: &[PathBuf]) -> Result<Catalogue, CatalogError> {
    let mut catalogue = Catalogue::builtin();
    for path in files {
        let bytes = read(path).map_err(|why| CatalogError::File { path: path.clone(), why })?;
        let extended = catalogue.extended(&bytes);
        let (more, passed_over) = extended.map_err(|why| CatalogError::Content { path: path.clone(), why })?;
        for pattern in passed_over {
            tracing::info!(file = %path.display(), pattern, "names no host; passed over");
        }
        catalogue = more;
    }
    Ok(catalogue)
}

/// A little more than is accepted, so that the reader of it can tell.
fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
