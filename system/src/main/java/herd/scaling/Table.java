package herd.scaling;

import herd.engine.UserError;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A CSV file with a line of names: values without quotes, separated by commas.
/// @param where the file, for errors
public record Table(String where, List<String> names, List<List<String>> rows) {
  /// Reads a file.
  /// @throws UserError naming the line that is wrong
  public static Table read(Path file) {
    List<String> lines;
    try {
      lines = Files.readAllLines(file);
    } catch (NoSuchFileException e) {
      throw new UserError(file.toString(), "no such file", "Check the path.");
    } catch (MalformedInputException e) {
      throw new UserError(file.toString(), "not text", "a CSV file", "Check the path.");
    } catch (IOException e) {
      throw new UserError(
          file.toString(), "cannot be read (" + e.getMessage() + ")", "Check the path.");
    }
    if (lines.isEmpty() || lines.getFirst().isBlank()) {
      throw new UserError(file.toString(), "empty", "a line of names, then values", "Check it.");
    }
    var names = cells(lines.getFirst());
    var rows = new ArrayList<List<String>>();
    for (int i = 1; i < lines.size(); i++) {
      if (lines.get(i).isBlank()) {
        continue;
      }
      var cells = cells(lines.get(i));
      if (cells.size() != names.size()) {
        throw new UserError(
            file + ":" + (i + 1),
            cells.size() + " values",
            names.size() + ", as many as names",
            "Correct the line.");
      }
      rows.add(cells);
    }
    return new Table(file.toString(), names, rows);
  }

  private static List<String> cells(String line) {
    var out = new ArrayList<String>();
    for (String cell : line.split(",", -1)) {
      out.add(cell.strip());
    }
    return out;
  }

  /// Whether there is a column of that name.
  public boolean has(String name) {
    return names.contains(name);
  }

  /// A column's values.
  /// @throws UserError if there is no such column
  public List<String> texts(String name) {
    int column = names.indexOf(name);
    if (column < 0) {
      throw new UserError(where, "no column " + name, String.join(", ", names), "Name another.");
    }
    return rows.stream().map(row -> row.get(column)).toList();
  }

  /// A column's values, which must be finite.
  /// @param positive whether they must be above 0
  /// @throws UserError if there is no such column, or a value is no such number
  public double[] numbers(String name, boolean positive) {
    var texts = texts(name);
    var out = new double[texts.size()];
    for (int i = 0; i < out.length; i++) {
      try {
        out[i] = Double.parseDouble(texts.get(i));
      } catch (NumberFormatException e) {
        out[i] = Double.NaN;
      }
      if (!Double.isFinite(out[i]) || positive && out[i] <= 0) {
        throw new UserError(
            where + ", row " + (i + 1),
            name + " is '" + texts.get(i) + "'",
            positive ? "a number above 0" : "a number",
            "Correct or remove the row.");
      }
    }
    return out;
  }
}
