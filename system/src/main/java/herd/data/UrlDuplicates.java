package herd.data;

import herd.run.About;
import java.util.HashMap;
import java.util.List;

/// Keeps the newest version of every URL (Llama 3 paper, section 3.1.1): of documents with one URL
/// the last one in the order of the sources stays.
@About("keep the newest document of each URL")
public record UrlDuplicates() implements CorpusStep {
  @Override
  public String[] judge(List<Doc> docs) {
    var newest = new HashMap<String, Integer>();
    for (int i = 0; i < docs.size(); i++) {
      newest.put(docs.get(i).url(), i);
    }
    var reasons = new String[docs.size()];
    for (int i = 0; i < reasons.length; i++) {
      reasons[i] = newest.get(docs.get(i).url()) == i ? null : "older-version";
    }
    return reasons;
  }
}
