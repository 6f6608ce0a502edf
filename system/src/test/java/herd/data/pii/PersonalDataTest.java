package herd.data.pii;

import herd.data.pii.Found.Kind;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class PersonalDataTest {
  private static final PersonalData ALL =
      new PersonalData(EnumSet.allOf(Kind.class), List.of("US", "DE"));

  private static List<String> in(String text) {
    return ALL.in(text).stream()
        .map(f -> f.kind() + " " + text.substring(f.from(), f.to()))
        .toList();
  }

  @Test
  void findsWhatIsPersonal() {
    assertThat(in("Write to jane.doe+x@mail.example.co.uk, or a@b."))
        .containsExactly("EMAIL jane.doe+x@mail.example.co.uk");
    assertThat(in("8.8.8.8 10.0.0.1 192.168.1.1 1.2.3.4.5 300.1.1.1 127.0.0.1 9.9.9.9"))
        .contains("IP 8.8.8.8", "IP 9.9.9.9")
        .noneMatch(
            found -> found.contains("10.0") || found.contains("168") || found.contains("127"));
    assertThat(in("Account DE89 3704 0044 0532 0130 00, not DE88 3704 0044 5532 0130 00."))
        .contains("IBAN DE89 3704 0044 0532 0130 00")
        .filteredOn(found -> found.startsWith("IBAN"))
        .hasSize(1);
    assertThat(in("Card 4111 1111 1111 1111 or 4111-1111-1111-1112"))
        .containsExactly("CARD 4111 1111 1111 1111");
    assertThat(in("378282246310005, 1234567890123456")).containsExactly("CARD 378282246310005");
    assertThat(in("SSN 123-45-6789, not 000-45-6789")).containsExactly("NATIONAL_ID 123-45-6789");
    assertThat(in("DNI 12345678Z, not 12345678A")).containsExactly("NATIONAL_ID 12345678Z");
    assertThat(in("CF RSSMRA85T10A562S CPF 529.982.247-25"))
        .containsExactly("NATIONAL_ID RSSMRA85T10A562S", "NATIONAL_ID 529.982.247-25");
    assertThat(in("Call +49 30 901820 or (212) 736-5000 or 030 901820."))
        .containsExactly("PHONE +49 30 901820", "PHONE (212) 736-5000", "PHONE 030 901820");
  }

  @Test
  void leavesOtherNumbersAlone() {
    assertThat(in("In 2024 we sold 12,345,678 of 3.1415926535 on 2024-07-23 10:15:00"))
        .isEmpty();
    assertThat(in("version 1.2.3, pages 12-15, @user, 1 + 1 = 2, a@b, x@y@z")).isEmpty();
    assertThat(new PersonalData(EnumSet.of(Kind.PHONE), List.of()).in("(212) 736-5000"))
        .isEmpty();
  }

  @Property(tries = 300)
  void findingsLieInTheTextAndNotOverEachOther(@ForAll @StringLength(max = 80) String text) {
    check(text);
  }

  @Property(tries = 300)
  void numbersAndSignsToo(@ForAll Random random) {
    var signs = "0123456789@.-+() aA:/";
    var text = new StringBuilder();
    for (int n = random.nextInt(120); n > 0; n--) {
      text.append(signs.charAt(random.nextInt(signs.length())));
    }
    check(text.toString());
  }

  private static void check(String text) {
    int last = 0;
    for (var found : ALL.in(text)) {
      assertThat(found.from()).isBetween(last, text.length());
      assertThat(found.to()).isBetween(found.from() + 1, text.length());
      last = found.to();
    }
  }

  @Test
  void manySignsTakeLinearTime() {
    check("@".repeat(200_000));
    check("a.".repeat(100_000) + "@x");
    check("1-".repeat(100_000));
    check("1".repeat(200_000));
  }
}
