package herd.data;

import herd.data.web.AddressList;
import herd.engine.UserError;
import herd.run.About;
import herd.run.Default;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/// Drops pages of domains and addresses that lists name (Llama 3 paper, section 3.1.1: known adult
/// domains), before any work is spent on them. [AddressList] says which forms of lists are read.
/// @param files lists, or folders of them
/// @param sample whether the short list that comes with Herd counts too: an example of the form,
/// by no means enough for a crawl
@About("drop pages of domains that lists name")
public record DomainBlockList(
    @About("lists of domains, or folders of lists") @Default("[]")
    List<String> files,

    @About("whether the short sample list counts too") @Default("true")
    boolean sample)
    implements DocumentStep {
  private static final String SAMPLE = "blocked-domains.txt";

  public DomainBlockList {
    files = List.copyOf(files);
    if (files.isEmpty() && !sample) {
      throw new UserError("files", "none", "at least one", "Leave the step out instead.");
    }
  }

  @Override
  public Judge ready() {
    var list = AddressList.read(files);
    if (sample) {
      try (var in = DomainBlockList.class.getResourceAsStream(SAMPLE)) {
        list.add(in);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return doc ->
        list.names(doc.url()) ? new Verdict.Drop("blocked-domain") : new Verdict.Keep(doc);
  }

  @Override
  public Verdict judge(Doc doc) {
    return ready().judge(doc);
  }
}
