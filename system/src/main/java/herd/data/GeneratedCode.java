package herd.data;

import herd.data.Verdict.Drop;
import herd.data.Verdict.Keep;
import herd.data.code.FilePlace;
import herd.data.code.GeneratedMarks;
import herd.run.About;

/// Drops files that a program wrote: lock files, names that only generators give, source maps and
/// what refers to them, and files whose first comments or annotations say so.
@About("drop files that a program wrote")
public record GeneratedCode() implements DocumentStep {
  @Override
  public Verdict judge(Doc doc) {
    var place = FilePlace.of(doc.source(), doc.id(), doc.metadata());
    var reason =
        GeneratedMarks.of(place.path(), doc.text(), place.language(doc.language(), doc.text()));
    return reason == null ? new Keep(doc) : new Drop(reason);
  }
}
