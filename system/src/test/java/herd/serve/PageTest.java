package herd.serve;

import herd.serve.http.ApiKeys;
import herd.serve.http.Call;
import herd.serve.http.HttpFront;
import herd.serve.http.HttpSettings;
import herd.serve.http.Route;
import herd.serve.http.Route.Door;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/// The chat page in a headless Chromium, where there is one. A scripted model answers what each
/// test needs; pictures are left in `target/page`.
@Tag("slow")
class PageTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final Path PICTURES = Path.of("target", "page");
  private static final String LAST = "document.querySelector('.message:last-child";

  private static @TempDir Path home;
  private static Browser browser;
  private static HttpFront front;

  /// What the scripted model got and says; `null` in its answer waits until the client has gone.
  private static final List<JsonNode> REQUESTS = new CopyOnWriteArrayList<>();

  private static final List<String> ANSWER = new CopyOnWriteArrayList<>();
  private static CountDownLatch left;

  @BeforeAll
  static void start() throws Exception {
    var program = Browser.find();
    assumeTrue(program != null, "no Chromium is here");
    var routes = new ArrayList<>(Server.pages());
    routes.add(new Route("POST", "/v1/chat/completions", Door.KEY, PageTest::answer));
    routes.add(new Route(
        "GET",
        "/v1/models",
        Door.KEY,
        call -> call.reply(200, "{\"data\":[{\"id\":\"<b>tiny</b>\"},{\"id\":\"second\"}]}")));
    front = new HttpFront(HttpSettings.local(0), ApiKeys.none(), routes, (_, _, _) -> {});
    browser = new Browser(program, home);
  }

  @AfterAll
  static void stop() throws Exception {
    if (browser != null) {
      browser.close();
      front.close();
    }
  }

  private static void answer(Call call) throws IOException {
    var gone = new CountDownLatch(1);
    left = gone;
    call.whenGone(gone::countDown);
    REQUESTS.add(JSON.readTree(call.body()));
    try (var events = call.events()) {
      for (var piece : ANSWER) {
        if (piece.equals("WAIT")) {
          gone.await(120, TimeUnit.SECONDS);
        }
        var event = JSON.createObjectNode();
        event.putArray("choices").addObject().putObject("delta").put("content", piece);
        events.add(event.toString());
        events.flush();
      }
      events.add("{\"choices\":[],\"usage\":{\"completion_tokens\":7}}");
      events.add("[DONE]");
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  @BeforeEach
  void fresh() throws Exception {
    REQUESTS.clear();
    browser.size(1000, 720);
    browser.scheme("light");
    browser.open(front.address() + "/");
    browser.eval("localStorage.clear(), sessionStorage.clear()");
    browser.open(front.address() + "/?" + System.nanoTime());
    browser.until("document.getElementById('model').options.length === 2");
  }

  private static void says(String... pieces) {
    ANSWER.clear();
    ANSWER.addAll(List.of(pieces));
  }

  private static void send(String text) throws Exception {
    browser.eval("document.getElementById('input').focus()");
    browser.type(text);
    browser.enter();
  }

  private static void answered() throws Exception {
    browser.until(LAST + ".assistant') && !document.querySelector('.writing')");
  }

  private static void press(String label) throws Exception {
    browser.eval("[...document.querySelectorAll('button')].findLast(b => b.textContent.trim() === '"
        + label + "' && b.offsetParent).click()");
  }

  @Test
  void answersGrowAndCanBeStopped() throws Exception {
    says("Once ", "upon", "WAIT");
    send("Tell me");
    browser.until(LAST + " .body')?.textContent.includes('Once upon')");
    assertThat(browser.text("document.getElementById('send').textContent")).contains("Stop");
    browser.eval("document.getElementById('send').click()");
    assertThat(left.await(60, TimeUnit.SECONDS)).isTrue();
    answered();
    assertThat(browser.text(LAST + "').textContent")).contains("Once upon").contains("stopped");
    assertThat(browser.text("document.getElementById('send').textContent")).contains("Send");
    browser.open(front.address() + "/?again");
    assertThat(browser.text(LAST + "').textContent")).contains("Once upon");
  }

  @Test
  void messagesAreEditedAndSentAgain() throws Exception {
    says("First answer");
    send("First");
    answered();
    says("Second answer");
    send("Second");
    answered();
    browser.eval("document.querySelectorAll('.message.user')[0].querySelector('button').click()");
    browser.until("document.activeElement.tagName === 'TEXTAREA'");
    says("Another answer");
    browser.eval("document.activeElement.select()");
    browser.type("Changed");
    browser.eval("[...document.querySelectorAll('.message .tools button')]"
        + ".find(b => b.textContent === 'Send').click()");
    browser.until(LAST + " .body').textContent.includes('Another answer')");
    answered();
    assertThat(browser.eval("document.querySelectorAll('.message').length").intValue())
        .isEqualTo(2);
    var sent = REQUESTS.getLast().get("messages");
    assertThat(sent).hasSize(1);
    assertThat(sent.get(0).get("content").stringValue()).isEqualTo("Changed");
    says("Third answer");
    press("Again");
    browser.until(LAST + " .body').textContent.includes('Third answer')");
    assertThat(REQUESTS.getLast().get("messages")).hasSize(1);
  }

  @Test
  void systemPromptAndParametersAreSent() throws Exception {
    says("ok");
    browser.eval("document.getElementById('open-settings').click()");
    for (var set :
        List.of("system=Be brief", "temperature=0.2", "top_p=0.5", "max_tokens=9", "seed=3")) {
      var pair = set.split("=");
      browser.eval("{ const e = document.getElementById('" + pair[0] + "'); e.value = '" + pair[1]
          + "'; e.dispatchEvent(new Event('change')); }");
    }
    browser.picture(PICTURES.resolve("settings.png"));
    send("Hello");
    answered();
    var request = REQUESTS.getLast();
    assertThat(request.get("messages").get(0).get("role").stringValue()).isEqualTo("system");
    assertThat(request.get("messages").get(0).get("content").stringValue()).isEqualTo("Be brief");
    assertThat(request.get("temperature").doubleValue()).isEqualTo(0.2);
    assertThat(request.get("top_p").doubleValue()).isEqualTo(0.5);
    assertThat(request.get("max_tokens").intValue()).isEqualTo(9);
    assertThat(request.get("seed").intValue()).isEqualTo(3);
    assertThat(request.get("model").stringValue()).isEqualTo("<b>tiny</b>");
  }

  private static final String RICH = """
      # Sorting, *quickly*
      Here is **bold**, _slanted_ and `code`, and [a page](https://example.org/a?b=c).

      1. Choose a pivot
         - the first
         - or the middle one
      2. Split, then sort both

      | step | cost |
      |---|---:|
      | split | `n` |
      | sort | n log n |

      > It is fast on average.

      ```java
      static void sort(int[] a) {
        if (a.length < 2) return; // nothing to do
      }
      ```
      """;

  @Test
  void markdownBecomesElements() throws Exception {
    var pieces = new ArrayList<String>();
    for (int i = 0; i < RICH.length(); i += 7) {
      pieces.add(RICH.substring(i, Math.min(RICH.length(), i + 7)));
    }
    says(pieces.toArray(String[]::new));
    send("How does quicksort work?");
    answered();
    for (var found : List.of(
        "h1 em", "strong", "ol > li ul > li", "table td", "blockquote", "pre code", "p > code")) {
      assertThat(browser.is(LAST + " .body " + found + "')")).as(found).isTrue();
    }
    assertThat(browser.text(LAST + " a').href")).isEqualTo("https://example.org/a?b=c");
    assertThat(browser.text(LAST + " pre').textContent")).contains("int[] a").contains("\n  if");
    browser.picture(PICTURES.resolve("light.png"));
    browser.scheme("dark");
    browser.until("document.documentElement.dataset.look === 'dark'");
    browser.picture(PICTURES.resolve("dark.png"));
    browser.size(360, 640);
    browser.picture(PICTURES.resolve("phone.png"));
    assertThat(browser.eval("document.documentElement.scrollWidth").intValue())
        .isLessThanOrEqualTo(360);
    assertThat(browser.is("document.getElementById('send').getBoundingClientRect().right <= 360 &&"
            + " document.getElementById('send').getBoundingClientRect().bottom <= 640"))
        .isTrue();
  }

  /// Nothing that a model writes becomes a script, a picture from elsewhere, a form or a handler.
  @Test
  void modelsCannotWriteScripts() throws Exception {
    var hostile = List.of(
        "<script>window.pwned = 1</script>",
        "<img src=x onerror='window.pwned = 1'>",
        "<svg/onload=window.pwned=1>",
        "<iframe srcdoc='<script>parent.pwned=1</script>'></iframe>",
        "[a](javascript:window.pwned=1) [b](JaVaScRiPt:alert(1)) [c](data:text/html,<script>)",
        "[d](\\u0001javascript:window.pwned=1) [e](java\\nscript:x) [f](vbscript:x)",
        "![p](https://evil.example/x.png) ![p](javascript:window.pwned=1)",
        "`<b onclick=window.pwned=1>x</b>`",
        "```html\n<script>window.pwned = 1</script>\n```",
        "```<img/src/onerror=pwned=1>\nx\n```",
        "| <img src=x onerror=window.pwned=1> | b |\n|---|---|\n| <script>1</script> | y |",
        "# <img src=x onerror=window.pwned=1>",
        "- <a href='javascript:window.pwned=1'>x</a>",
        "https://example.org/\"onmouseover=\"window.pwned=1",
        "</div></article><form action=https://evil.example><input name=key></form>",
        "<style>*{display:none}</style><base href=https://evil.example>");
    says(String.join("\n\n", hostile));
    send("<img src=x onerror='window.pwned = 1'><script>window.pwned = 1</script>");
    answered();
    browser.eval("document.querySelectorAll('.message a').forEach(a => a.dispatchEvent("
        + "new MouseEvent('mouseover', {bubbles: true})))");
    assertThat(browser.is("window.pwned")).isFalse();
    assertThat(browser.text("[...document.querySelectorAll('#messages *')].filter(e =>"
            + " ['SCRIPT', 'IMG', 'IFRAME', 'SVG', 'FORM', 'INPUT', 'STYLE', 'BASE', 'OBJECT']"
            + ".includes(e.tagName.toUpperCase()) || [...e.attributes].some(a =>"
            + " /^on|^style$|^srcdoc$/i.test(a.name) || /^\\s*(javascript|data|vbscript):/i"
            + ".test(a.value))).map(e => e.outerHTML).join()"))
        .isEmpty();
    assertThat(browser.text(LAST + " .body').textContent")).contains("<script>window.pwned");
    assertThat(browser.text("document.getElementById('model').options[0].textContent"))
        .isEqualTo("<b>tiny</b>");
  }

  /// Long answers, deep nesting and unclosed marks cost no noticeable time.
  @Test
  void hostileMarkdownIsQuick() throws Exception {
    for (var text : List.of(
        "*a ".repeat(20_000),
        "[".repeat(20_000),
        "> ".repeat(5_000),
        "`".repeat(20_001),
        "- ".repeat(5_000),
        "| ".repeat(20_000) + "\n|-|-|",
        "**a".repeat(10_000),
        "_a_b".repeat(10_000),
        "http://".repeat(5_000))) {
      var quoted = JSON.writeValueAsString(text);
      double millis = browser
          .eval("(() => { const t = performance.now(); Markdown.render(" + quoted
              + ", document.createElement('div')); return performance.now() - t; })()")
          .doubleValue();
      assertThat(millis).as(text.substring(0, 8)).isLessThan(3000);
    }
  }

  @Test
  void theRealServerAnswers() throws Exception {
    try (var server = new RunningServer()) {
      browser.open(server.server.address() + "/");
      browser.until("document.getElementById('model').value === 'tiny'");
      browser.picture(PICTURES.resolve("empty.png"));
      browser.eval("document.getElementById('max_tokens').value = '12'");
      send("the cat");
      browser.until(LAST + " .tools')?.textContent.includes('tokens')");
      assertThat(browser.is(LAST + " .error')")).isFalse();
    }
    send("and now?");
    browser.until("document.querySelector('.message.error')");
    assertThat(browser.text("document.querySelector('.message.error').textContent"))
        .contains("cannot be reached");
  }

  @Test
  void serversWithKeysAskForThem() throws Exception {
    var file =
        java.nio.file.Files.writeString(home.resolve("keys"), "sk-page\n", StandardCharsets.UTF_8);
    try (var server = new RunningServer(HttpSettings.local(0), ApiKeys.read(file), 512)) {
      browser.open(server.server.address() + "/");
      browser.until("!document.getElementById('settings').hidden");
      browser.eval("document.getElementById('key').focus()");
      browser.type("sk-page");
      browser.eval("document.getElementById('key').dispatchEvent(new Event('change'))");
      browser.until("document.getElementById('model').value === 'tiny'");
      assertThat(browser.is("JSON.stringify(localStorage).includes('sk-page')")).isFalse();
    }
  }
}
