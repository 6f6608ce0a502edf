package herd.data.code;

import java.util.List;
import java.util.Map;

/// Where a file stands in its repository.
/// @param repository what tells it from all others
/// @param path in it, `/` between folders
public record FilePlace(String repository, String path) {
  private static final List<String> REPOSITORIES =
      List.of("repo", "repo_name", "repository", "max_stars_repo_name");
  private static final List<String> PATHS = List.of("path", "max_stars_repo_path");

  /// As the metadata says (`repo`, `path`, and the names that published sets of code give them),
  /// else the archive and the entry that the id names.
  public static FilePlace of(String source, String id, Map<String, String> metadata) {
    int entry = id.indexOf("!/");
    var path = said(metadata, PATHS, entry < 0 ? id : id.substring(entry + 2));
    return new FilePlace(said(metadata, REPOSITORIES, source), path.replace('\\', '/'));
  }

  private static String said(Map<String, String> metadata, List<String> names, String otherwise) {
    for (var name : names) {
      var value = metadata.get(name);
      if (value != null && !value.isBlank()) {
        return value;
      }
    }
    return otherwise;
  }

  /// Its language: as an earlier step said, else by name and text; null if it is not known.
  /// @param said what is said of it, or empty
  public Language language(String said, String text) {
    var language = Languages.named(said);
    return language != null ? language : Languages.of(path, text);
  }
}
