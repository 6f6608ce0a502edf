package herd.data.source;

import herd.engine.UserError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/// The files in a zip archive or jar, also in those made by javadoc and by source plugins. Entries
/// are read one by one, never unpacked to disk; archives inside archives are not opened. What is
/// damaged, too large or packed too well is dropped with a reason, an archive without a readable
/// index is an error.
record Zip(Path file, Reading reading) implements Source {
  private static final int LIST_BYTES = 1 << 20;

  @Override
  public long bytes() {
    return FileBytes.size(file);
  }

  @Override
  public Cursor open() {
    try {
      return new Entries(new ZipFile(file.toFile()));
    } catch (NoSuchFileException e) {
      throw new UserError(file.toString(), "no such file", "Check the path.");
    } catch (IOException | IllegalArgumentException | UncheckedIOException e) {
      throw new UserError(
          file.toString(),
          Files.isDirectory(file)
              ? "a directory"
              : "not a readable archive (" + e.getMessage() + ")",
          "a jar or zip file",
          "Fetch it again.");
    }
  }

  /// The packages that the archive says it documents; none if it does not say, or not legibly.
  private static Set<String> packages(ZipFile zip) {
    var packages = new HashSet<String>();
    for (var name : List.of("element-list", "package-list")) {
      var entry = zip.getEntry(name);
      if (entry != null) {
        try (var in = zip.getInputStream(entry)) {
          new String(in.readNBytes(LIST_BYTES), StandardCharsets.UTF_8)
              .lines()
              .filter(line -> !line.startsWith("module:"))
              .forEach(packages::add);
        } catch (IOException e) {
          packages.clear();
        }
      }
    }
    return packages;
  }

  private final class Entries implements Cursor {
    private final ZipFile zip;
    private final Archive archive;
    private final List<ZipEntry> entries = new ArrayList<>();
    private final HashSet<String> seen = new HashSet<>();
    private int at;

    Entries(ZipFile zip) {
      this.zip = zip;
      archive = new Archive(file, packages(zip), reading.repositories(), reading.maxBytes());
      try {
        Collections.list(zip.entries()).stream()
            .filter(entry -> !entry.isDirectory())
            .forEach(entries::add);
      } catch (IllegalArgumentException | IllegalStateException e) {
        close();
        throw FileBytes.unreadable(file, e);
      }
    }

    @Override
    public Item next() {
      if (at == entries.size()) {
        return null;
      }
      var entry = entries.get(at++);
      return new Packed(zip, archive, entry, at - 1, !seen.add(entry.getName()));
    }

    @Override
    public void close() {
      try {
        zip.close();
      } catch (IOException e) {
        throw FileBytes.unreadable(file, e);
      }
    }
  }

  private final class Packed implements Item {
    private final ZipFile zip;
    private final Archive archive;
    private final ZipEntry entry;
    private final long number;
    private final boolean again;

    Packed(ZipFile zip, Archive archive, ZipEntry entry, long number, boolean again) {
      this.zip = zip;
      this.archive = archive;
      this.entry = entry;
      this.number = number;
      this.again = again;
    }

    @Override
    public String id() {
      return archive.id(entry.getName());
    }

    @Override
    public long weight() {
      return Math.max(0, entry.getCompressedSize());
    }

    @Override
    public long bytes() {
      return Math.max(0, entry.getSize());
    }

    @Override
    public Loaded load() {
      var name = entry.getName();
      if (!reading.wants(name) || !Contents.known(name)) {
        return new Loaded.Unreadable("other-file");
      }
      if (again) {
        return new Loaded.Unreadable("second-entry-of-that-name");
      }
      long packed = entry.getCompressedSize();
      int most = (int) reading.maxBytes();
      if (entry.getSize() > most) {
        return new Loaded.Unreadable("entry-too-large");
      }
      if (reading.packedTooWell(entry.getSize(), packed)) {
        return new Loaded.Unreadable("packed-too-well");
      }
      byte[] bytes;
      try (var in = zip.getInputStream(entry)) {
        bytes = in.readNBytes(most + 1);
      } catch (IOException e) {
        return new Loaded.Unreadable("damaged-entry");
      }
      if (bytes.length > most) {
        return new Loaded.Unreadable("entry-too-large");
      }
      if (reading.packedTooWell(bytes.length, packed)) {
        return new Loaded.Unreadable("packed-too-well");
      }
      var sum = new CRC32();
      sum.update(bytes);
      if (entry.getCrc() >= 0 && entry.getCrc() != sum.getValue()) {
        return new Loaded.Unreadable("damaged-entry");
      }
      return archive.document(name, bytes, number);
    }
  }
}
