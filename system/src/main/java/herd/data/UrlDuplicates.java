package herd.data;

import crawlercommons.filters.basic.BasicURLNormalizer;
import herd.run.About;
import java.util.List;

/// Keeps the newest version of every URL (Llama 3 paper, section 3.1.1): of documents whose
/// normalised URL is the same the last one in the order of the sources stays.
@About("keep the newest document of each URL")
public record UrlDuplicates() implements CorpusStep<String> {
  @Override
  public String sketch(Doc doc) {
    var url = doc.url();
    if (!url.startsWith("http:") && !url.startsWith("https:")) {
      return url;
    }
    var normal = new BasicURLNormalizer().filter(url);
    return normal == null ? url : normal;
  }

  @Override
  public Judge judge(List<String> sketches) {
    var newestFirst = CorpusStep.firstOfEach(sketches.reversed(), "older-version");
    int last = sketches.size() - 1;
    return (index, doc) -> newestFirst.judge(last - index, doc);
  }
}
