package herd.data;

import herd.data.web.AddressList;
import herd.engine.UserError;
import herd.run.About;
import java.util.List;

/// Drops documents whose owners asked for it: by address, domain, or digest of what was read
/// ([Doc.Origin]). [AddressList] says which forms of lists are read.
/// @param files lists
@About("drop documents whose removal was asked for, by address, domain or digest")
public record RemovalList(
    @About("lists of addresses, domains and digests") List<String> files) implements DocumentStep {
  public RemovalList {
    files = List.copyOf(files);
    if (files.isEmpty()) {
      throw new UserError("files", "none", "at least one", "Leave the step out instead.");
    }
  }

  @Override
  public Judge ready() {
    var list = AddressList.read(files);
    return doc -> list.names(doc.url()) || list.namesDigest(doc.origin().digest())
        ? new Verdict.Drop("removal-asked-for")
        : new Verdict.Keep(doc);
  }

  @Override
  public Verdict judge(Doc doc) {
    return ready().judge(doc);
  }
}
