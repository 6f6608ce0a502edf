package herd.data.source;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/// The files in a tar archive, packed (`.tar.gz`, `.tgz`, `.tar.zst`) or not, read as a stream.
/// Links and devices are passed over; a damaged archive ends where the damage is.
record Tar(Path file, Reading reading) implements Source {
  @Override
  public long bytes() {
    return FileBytes.size(file);
  }

  @Override
  public Cursor open() {
    return new Entries(FileBytes.open(file));
  }

  private final class Entries implements Cursor {
    private final FileBytes in;
    private final TarArchiveInputStream tar;
    private final Archive archive =
        new Archive(file, Set.of(), reading.repositories(), reading.maxBytes());
    private long number;
    private long told;
    private boolean ended;

    Entries(FileBytes in) {
      this.in = in;
      tar = new TarArchiveInputStream(in, "UTF-8");
    }

    @Override
    public Item next() {
      if (ended) {
        return null;
      }
      try {
        TarArchiveEntry entry;
        do {
          entry = tar.getNextEntry();
        } while (entry != null && !entry.isFile());
        if (entry == null) {
          ended = true;
          return null;
        }
        return item(entry.getName().replaceFirst("^\\./", ""), entry.getSize());
      } catch (IOException | IllegalArgumentException e) {
        ended = true;
        var id = file.getFileName() + "!" + number;
        return Item.unreadable(id, weight(), 0, "damaged-archive");
      }
    }

    private Item item(String name, long size) throws IOException {
      var id = archive.id(name);
      long index = number++;
      if (!reading.wants(name) || !Contents.known(name)) {
        return Item.unreadable(id, weight(), size, "other-file");
      }
      if (size > reading.maxBytes()) {
        return Item.unreadable(id, weight(), size, "entry-too-large");
      }
      byte[] bytes = tar.readNBytes((int) size);
      if (bytes.length < size) {
        return Item.unreadable(id, weight(), bytes.length, "damaged-entry");
      }
      long weight = weight();
      return new Item() {
        @Override
        public String id() {
          return id;
        }

        @Override
        public long weight() {
          return weight;
        }

        @Override
        public long bytes() {
          return bytes.length;
        }

        @Override
        public Loaded load() {
          return archive.document(name, bytes, index);
        }
      };
    }

    private long weight() {
      long before = told;
      told = in.fileBytes();
      return told - before;
    }

    @Override
    public void close() {
      try {
        tar.close();
      } catch (IOException e) {
        throw FileBytes.unreadable(file, e);
      }
    }
  }
}
