package herd.data.pii;

import herd.data.pii.Found.Kind;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/// E-mail and internet addresses found as datatrove finds them.
@Tag("golden")
class PersonalDataGoldenTest {
  private static List<JsonNode> lines(String name) throws IOException {
    var file = Path.of(System.getProperty("herd.shared", "../../shared"), "data-curation/filters")
        .resolve(name);
    assumeTrue(Files.exists(file), "no shared files");
    var all = new ArrayList<JsonNode>();
    try (var in = new BufferedReader(new InputStreamReader(
        new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8))) {
      for (var line = in.readLine(); line != null; line = in.readLine()) {
        all.add(JsonMapper.shared().readTree(line));
      }
    }
    return all;
  }

  @Test
  void findsTheSameAddresses() throws IOException {
    var decisions = lines("decisions.jsonl.gz");
    var docs = lines("docs.jsonl.gz");
    var data = new PersonalData(EnumSet.of(Kind.EMAIL, Kind.IP), List.of());
    int found = 0;
    for (int i = 0; i < docs.size(); i++) {
      var text = docs.get(i).get("text").asString();
      var emails = new ArrayList<String>();
      var addresses = new ArrayList<String>();
      for (var one : data.in(text)) {
        (one.kind() == Kind.EMAIL ? emails : addresses).add(text.substring(one.from(), one.to()));
      }
      var expected = decisions.get(i).get("pii");
      assertThat(emails).as("e-mails of " + i).isEqualTo(texts(expected.get("emails")));
      assertThat(addresses).as("addresses of " + i).isEqualTo(texts(expected.get("public_ips")));
      found += emails.size() + addresses.size();
    }
    assertThat(found).isPositive();
  }

  private static List<String> texts(JsonNode list) {
    var texts = new ArrayList<String>();
    list.forEach(one -> texts.add(one.asString()));
    return texts;
  }
}
