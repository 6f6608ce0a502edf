package herd.data.web;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

class AddressListTest {
  @TempDir
  Path dir;

  private AddressList list(String lines) throws IOException {
    return AddressList.read(
        List.of(Files.writeString(dir.resolve("list"), lines).toString()));
  }

  @Test
  void formsOfLargeListsAreRead() throws IOException {
    var list = list("""
        # a comment
        ! another
        bad.example
        0.0.0.0 ads.example  # why
        127.0.0.1 localhost
        ||tracker.example^$third-party
        *.wild.example
        http://site.example/private/
        other.example/page?id=3
        sha1:ABCDEF
        """);
    assertThat(list.size()).isEqualTo(7);
    assertThat(list.names("https://bad.example")).isTrue();
    assertThat(list.names("http://a.b.bad.example:8080/x?y#z")).isTrue();
    assertThat(list.names("http://user@www.bad.example./")).isTrue();
    assertThat(list.names("http://notbad.example/")).isFalse();
    assertThat(list.names("http://example/bad.example")).isFalse();
    assertThat(list.names("http://ads.example/")).isTrue();
    assertThat(list.names("http://tracker.example/")).isTrue();
    assertThat(list.names("http://x.wild.example/")).isTrue();
    assertThat(list.names("http://site.example/private/page")).isTrue();
    assertThat(list.names("http://www.site.example/private")).isTrue();
    assertThat(list.names("http://site.example/privateer")).isFalse();
    assertThat(list.names("http://site.example/public")).isFalse();
    assertThat(list.names("http://other.example/page?id=3&x=1")).isTrue();
    assertThat(list.names("http://other.example/page?id=33")).isFalse();
    assertThat(list.namesDigest("sha1:ABCDEF")).isTrue();
    assertThat(list.namesDigest("")).isFalse();
    assertThat(list.names("no url")).isFalse();
  }

  @Test
  void foldersAreReadAsTheyCome() throws IOException {
    Files.createDirectories(dir.resolve("ut1/adult"));
    Files.writeString(dir.resolve("ut1/adult/domains"), "x.example\n203.0.113.9\n");
    Files.writeString(dir.resolve("ut1/adult/urls"), "y.example/z\n");
    var list = AddressList.read(List.of(dir.resolve("ut1").toString()));
    assertThat(list.names("http://x.example/")).isTrue();
    assertThat(list.names("http://203.0.113.9/a")).isTrue();
    assertThat(list.names("http://y.example/z/q")).isTrue();
    assertThat(list.names("http://y.example/")).isFalse();
  }

  @Property(tries = 100)
  void allBelowADomainIsNamed(
      @ForAll @AlphaChars @StringLength(min = 1, max = 10) String label,
      @ForAll @StringLength(max = 20) String path) {
    var list = new AddressList();
    list.add("bad.example");
    assertThat(list.names("http://" + label + ".bad.example/" + path)).isTrue();
    assertThat(list.names("http://" + label + "bad.example/" + path)).isFalse();
    assertThat(list.names(path)).isIn(true, false);
  }

  @Test
  void wordsAndPhrasesAreCounted() {
    var phrases = Phrases.of(List.of("bad", "very bad word", "悪い", "naïve"));
    assertThat(phrases.count("a bad idea, badly put")).isEqualTo(new Phrases.Count(1, 5));
    assertThat(phrases.count("a very bad word")).isEqualTo(new Phrases.Count(2, 4));
    assertThat(phrases.count("これは悪い").found()).isEqualTo(2);
    assertThat(phrases.count("naïve, naive").found()).isEqualTo(1);
    assertThat(phrases.count("")).isEqualTo(new Phrases.Count(0, 0));
  }
}
