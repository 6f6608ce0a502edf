package herd.engine.text;

import herd.engine.UserError;
import herd.engine.io.WholeFile;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;

/// Rank files in the text form of tiktoken, as Llama 3 is published with: `base64 rank` a line,
/// ranks counting from 0. A pair merges if the two tokens together are a token; its rank is that
/// token's. The 256 special tokens of Llama 3 follow the ranks (64 after a file of fewer than
/// 1,000, as in small models made for tests).
final class RankFile {
  private RankFile() {}

  static Tokenizer read(Path file) {
    List<String> lines;
    try {
      lines = Files.readAllLines(file, StandardCharsets.US_ASCII);
    } catch (MalformedInputException e) {
      throw new UserError(
          file.toString(),
          "not a text file of base64 tokens and ranks",
          "SentencePiece models are not supported; take a tokenizer.json.");
    } catch (IOException e) {
      throw WholeFile.unreadable(file, e);
    }
    var tokens = new ByteStrings();
    for (int line = 0; line < lines.size(); line++) {
      String text = lines.get(line);
      if (text.isEmpty() && line == lines.size() - 1) {
        break;
      }
      int space = text.indexOf(' ');
      try {
        byte[] token = Base64.getDecoder().decode(text.substring(0, Math.max(space, 0)));
        int rank = Integer.parseInt(text.substring(space + 1));
        if (token.length > 0 && rank == line && tokens.add(token, 0, token.length) == line) {
          continue;
        }
      } catch (IllegalArgumentException e) {
        // reported below
      }
      throw new UserError(
          file + ":" + (line + 1),
          text.length() > 60 ? text.substring(0, 60) + "…" : text,
          "a new token in base64, a space, and the rank " + line,
          "The file may be cut short.");
    }
    var ids = new int[tokens.size()];
    Arrays.setAll(ids, i -> i);
    var specials = new LinkedHashMap<String, Integer>();
    for (String name : specials(tokens.size() < 1000 ? 64 : 256)) {
      specials.put(name, tokens.size() + specials.size());
    }
    return new Tokenizer(merges(tokens, ids), specials);
  }

  private static Merges merges(ByteStrings tokens, int[] ids) {
    var pairs = new PairTable();
    var results = new Ints();
    for (int t = 0; t < tokens.size(); t++) {
      byte[] token = tokens.get(t);
      for (int cut = 1; cut < token.length; cut++) {
        int left = tokens.find(token, 0, cut);
        int right = tokens.find(token, cut, token.length);
        if (left >= 0 && right >= 0) {
          pairs.add(left, right);
          results.add(t);
        }
      }
    }
    int[] merged = results.toArray();
    return new Merges(tokens, ids, pairs, merged, merged, true);
  }

  private static List<String> specials(int count) {
    var names = new java.util.ArrayList<String>(List.of(
        "<|begin_of_text|>",
        "<|end_of_text|>",
        "<|reserved_special_token_0|>",
        "<|reserved_special_token_1|>",
        "<|finetune_right_pad_id|>",
        "<|step_id|>",
        "<|start_header_id|>",
        "<|end_header_id|>",
        "<|eom_id|>",
        "<|eot_id|>",
        "<|python_tag|>"));
    for (int i = 2; names.size() < count; i++) {
      names.add("<|reserved_special_token_" + i + "|>");
    }
    return names;
  }
}
