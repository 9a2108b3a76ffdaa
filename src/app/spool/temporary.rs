//! Where a spool's bytes are: in memory while they are few, else in a temporary file without a name, that
//! nobody but its owner may read. tempfile's own spool leaves who may read it to the umask.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};

use super::tape::Medium;

/// Bytes that are held in memory; only of more a file is made.
const IN_MEMORY: usize = 256 << 10;

/// See the module.
#[derive(Default)]
pub(super) struct Temporary {
    memory: Cursor<Vec<u8>>,
    file: Option<File>,
}

impl Temporary {
    fn inner(&mut self) -> &mut dyn Medium {
        match &mut self.file {
            Some(file) => file,
            None => &mut self.memory,
        }
    }

    /// A file of what is in memory.
    fn to_file(&self) -> io::Result<File> {
        let mut file = tempfile::tempfile()?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
        }
        file.write_all(self.memory.get_ref())?;
        file.seek(SeekFrom::Start(self.memory.position()))?;
        Ok(file)
    }
}

impl Write for Temporary {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let end = self.memory.position().saturating_add(bytes.len() as u64);
        if self.file.is_none() && end > IN_MEMORY as u64 {
            self.file = Some(self.to_file()?);
            self.memory = Cursor::default();
        }
        self.inner().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner().flush()
    }
}

impl Read for Temporary {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.inner().read(out)
    }
}

impl Seek for Temporary {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner().seek(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_in_memory_goes_on_in_the_file() {
        let mut one = Temporary::default();
        let bytes: Vec<u8> = (0..IN_MEMORY + 1000).map(|n| u8::try_from(n % 251).unwrap()).collect();
        let (first, rest) = bytes.split_at(IN_MEMORY);
        one.write_all(first).unwrap();
        assert!(one.file.is_none(), "of so much no file is made");
        one.write_all(rest).unwrap();
        assert!(one.file.is_some() && one.memory.get_ref().capacity() == 0);
        let mut read = Vec::new();
        one.seek(SeekFrom::Start(10)).unwrap();
        one.read_to_end(&mut read).unwrap();
        assert!(read == bytes[10..]);
        // Written over, as after half of a piece was written.
        one.seek(SeekFrom::Start(5)).unwrap();
        one.write_all(b"anew").unwrap();
        one.seek(SeekFrom::Start(4)).unwrap();
        let mut six = [0; 6];
        one.read_exact(&mut six).unwrap();
        assert_eq!(six, [4, b'a', b'n', b'e', b'w', 9]);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_is_its_owners_alone_and_has_no_name() {
        use std::os::unix::fs::MetadataExt as _;

        let mut one = Temporary::default();
        one.write_all(&vec![0; IN_MEMORY + 1]).unwrap();
        let about = one.file.unwrap().metadata().unwrap();
        assert_eq!((about.mode() & 0o777, about.nlink()), (0o600, 0));
    }
}
