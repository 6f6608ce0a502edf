package herd.data;

import herd.data.Verdict.Drop;
import herd.data.Verdict.Keep;
import herd.data.code.FilePlace;
import herd.data.code.Language;
import herd.data.code.Languages;
import herd.data.code.LicenceFiles;
import herd.engine.UserError;
import herd.run.About;
import herd.run.Default;
import java.util.List;
import java.util.stream.Collectors;

/// Finds the language of each file by its name, its first line and what stands in it, leaves it in
/// the document, and drops what is not wanted: files of unknown languages, of facts (`json`), of
/// layout (`css`), of prose, and the texts of licences.
/// @param languages names to keep; if empty, all of `types`
/// @param types what kept files are for
/// @param readmes whether files named README stay whatever they are
@About("find each file's programming language, drop other files")
public record CodeLanguage(
    @About("names of the languages to keep; if empty, all of the types") @Default("[]")
    List<String> languages,

    @About("what files that stay are for: programming, markup, data, prose")
    @Default("[programming]")
    List<Language.Type> types,

    @About("whether READMEs stay") @Default("true") boolean readmes)
    implements DocumentStep {
  public CodeLanguage {
    languages = List.copyOf(languages);
    types = List.copyOf(types);
    for (var name : languages) {
      if (Languages.named(name) == null) {
        throw new UserError(
            "languages",
            name,
            Languages.all().stream().map(Language::name).collect(Collectors.joining(", ")),
            "Names are written in small letters.");
      }
    }
    if (languages.isEmpty() && types.isEmpty()) {
      throw new UserError(
          "types", "none", "programming, markup, data, prose", "Name some, or languages.");
    }
  }

  @Override
  public Verdict judge(Doc doc) {
    var path = FilePlace.of(doc.source(), doc.id(), doc.metadata()).path();
    var language = Languages.of(path, doc.text());
    if (LicenceFiles.isLicence(path)) {
      return new Drop("licence-text");
    }
    if (language == null) {
      return new Drop("unknown-language");
    }
    boolean readme = readmes && LicenceFiles.isReadme(path);
    boolean wanted =
        languages.isEmpty() ? types.contains(language.type()) : languages.contains(language.name());
    if (!wanted && !readme) {
      return new Drop(
          switch (language.type()) {
            case PROGRAMMING -> "other-language";
            case MARKUP -> "markup-file";
            case DATA -> "data-file";
            case PROSE -> "prose-file";
          });
    }
    var named = doc.withLanguage(language.name());
    boolean code = language.type() == Language.Type.PROGRAMMING;
    return new Keep(code ? named.withKind("code") : named);
  }
}
