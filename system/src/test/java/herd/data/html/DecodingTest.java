package herd.data.html;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class DecodingTest {
  private static final String TEXT = "Grüße, naïve café – “x”";

  private static byte[] in(String charset, String text) {
    return text.getBytes(Charset.forName(charset));
  }

  private static String declaring(String charset) {
    return "<html><head><meta charset='" + charset + "'></head>" + TEXT;
  }

  @Test
  void declarationsAreBelievedWhereTheBytesAgree() {
    assertThat(Decoding.html(in("windows-1252", declaring("iso-8859-1")))).endsWith(TEXT);
    assertThat(Decoding.html(in("UTF-8", declaring("utf-8")))).endsWith(TEXT);
    var japanese = "<meta http-equiv=\"Content-Type\" content=\"text/html; charset=Shift_JIS\">日本語";
    assertThat(Decoding.html(in("windows-31j", japanese))).isEqualTo(japanese);
    var xml = "<?xml version=\"1.0\" encoding=\"ISO-8859-2\"?><p>Łódź";
    assertThat(Decoding.html(in("ISO-8859-2", xml))).isEqualTo(xml);
  }

  @Test
  void wrongDeclarationsAreNot() {
    assertThat(Decoding.html(in("windows-1252", declaring("utf-8")))).endsWith(TEXT);
    assertThat(Decoding.html(in("UTF-8", declaring("no-such-charset")))).endsWith(TEXT);
    assertThat(Decoding.html(in("UTF-8", declaring("utf-16")))).endsWith(TEXT);
    assertThat(Decoding.html(in("UTF-8", declaring("us-ascii-??")))).endsWith(TEXT);
  }

  @Test
  void marksAndZerosTellUtf16() {
    assertThat(Decoding.html(in("UTF-8", "\ufeff" + TEXT))).isEqualTo(TEXT);
    assertThat(Decoding.html(in("UTF-16", TEXT))).isEqualTo(TEXT);
    assertThat(Decoding.html(in("UTF-16LE", "\ufeff" + TEXT))).isEqualTo(TEXT);
    assertThat(Decoding.html(in("UTF-16LE", TEXT))).isEqualTo(TEXT);
    assertThat(Decoding.html(in("UTF-16BE", TEXT))).isEqualTo(TEXT);
  }

  @Test
  void textWithoutDeclarationIsUtf8OrWestern() {
    assertThat(Decoding.text(in("UTF-8", TEXT))).isEqualTo(TEXT);
    assertThat(Decoding.text(in("windows-1252", TEXT))).isEqualTo(TEXT);
  }

  @Test
  void oneBadByteDoesNotSpoilUtf8() {
    var bytes = in("UTF-8", "<meta charset=utf-8>" + TEXT.repeat(20) + "?");
    bytes[bytes.length - 1] = (byte) 0xFF;
    assertThat(Decoding.html(bytes)).contains(TEXT.repeat(20)).endsWith("\ufffd");
  }

  @Test
  void whatIsNoTextIsNull() {
    var bytes = new byte[3000];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (i * i * 31 >>> 3);
    }
    assertThat(Decoding.text(bytes)).isNull();
    assertThat(Decoding.text(new byte[100])).isNull();
    assertThat(Decoding.text(new byte[0])).isEmpty();
  }

  @Property(tries = 300)
  void anyBytesAreDecodedOrRefused(@ForAll byte[] bytes) {
    Decoding.html(bytes);
    Decoding.text(bytes);
  }

  @Property(tries = 300)
  void utf8ComesBackAsItWas(@ForAll String text) {
    var clean = new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    var back = Decoding.text(("x" + clean).getBytes(StandardCharsets.UTF_8));
    assertThat(back == null || back.equals("x" + clean) || clean.indexOf('\0') >= 0)
        .isTrue();
  }
}
