package herd.engine.template;

import herd.engine.template.Lexer.Token;
import herd.engine.template.Lexer.Token.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Reads expressions; the order in which operators bind is Jinja's. Statements are read by
/// [Parser], which shares the tokens.
final class Expressions {
  private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");
  private static final Set<String> AFTER_TEST = Set.of("else", "or", "and");

  private final List<Token> tokens;
  private final Budget place;
  private int at;

  Expressions(List<Token> tokens, Budget place) {
    this.tokens = tokens;
    this.place = place;
  }

  Token peek() {
    return tokens.get(at);
  }

  Token next() {
    Token token = tokens.get(at);
    if (token.kind() != Kind.END) {
      at++;
    }
    place.at(token.line());
    return token;
  }

  boolean sees(String operator) {
    return peek().is(Kind.OPERATOR, operator);
  }

  boolean seesName(String name) {
    return peek().is(Kind.NAME, name);
  }

  boolean skip(String operator) {
    boolean there = sees(operator);
    if (there) {
      next();
    }
    return there;
  }

  boolean skipName(String name) {
    boolean there = seesName(name);
    if (there) {
      next();
    }
    return there;
  }

  void expect(String operator) {
    if (!skip(operator)) {
      throw unexpected("'" + operator + "'");
    }
  }

  String name() {
    if (peek().kind() != Kind.NAME) {
      throw unexpected("a name");
    }
    return next().text();
  }

  Failure unexpected(String wanted) {
    place.at(peek().line());
    return new Failure(peek().shown() + " where " + wanted + " should stand");
  }

  /// One expression, `x if c else y` included.
  Expr expression() {
    place.enter();
    int line = peek().line();
    Expr value = or();
    while (skipName("if")) {
      Expr condition = or();
      Expr no = skipName("else") ? expression() : null;
      value = new Expr.Either(line, condition, value, no);
    }
    place.leave();
    return value;
  }

  /// One or more expressions with commas between them, several being a tuple.
  Expr tuple() {
    int line = peek().line();
    Expr first = expression();
    if (!sees(",")) {
      return first;
    }
    var items = new ArrayList<Expr>(List.of(first));
    while (skip(",")) {
      if (ends()) {
        break;
      }
      items.add(expression());
    }
    return new Expr.Items(line, items, true);
  }

  private boolean ends() {
    var kind = peek().kind();
    return kind == Kind.PRINT_END || kind == Kind.BLOCK_END || sees(")") || sees("]");
  }

  /// Without a condition after it: what `for` goes over, whose `if` is the loop's.
  Expr or() {
    int line = peek().line();
    Expr left = and();
    while (skipName("or")) {
      left = new Expr.Or(line, left, and());
    }
    return left;
  }

  private Expr and() {
    int line = peek().line();
    Expr left = not();
    while (skipName("and")) {
      left = new Expr.And(line, left, not());
    }
    return left;
  }

  private Expr not() {
    int line = peek().line();
    if (skipName("not")) {
      place.enter();
      Expr value = new Expr.Not(line, not());
      place.leave();
      return value;
    }
    return compare();
  }

  private Expr compare() {
    int line = peek().line();
    Expr first = sum();
    var operators = new ArrayList<String>();
    var others = new ArrayList<Expr>();
    while (true) {
      if (peek().kind() == Kind.OPERATOR && COMPARISONS.contains(peek().text())) {
        operators.add(next().text());
      } else if (skipName("in")) {
        operators.add("in");
      } else if (seesName("not") && tokens.get(at + 1).is(Kind.NAME, "in")) {
        next();
        next();
        operators.add("not in");
      } else {
        return others.isEmpty() ? first : new Expr.Compare(line, first, operators, others);
      }
      others.add(sum());
    }
  }

  private Expr sum() {
    int line = peek().line();
    Expr left = joined();
    while (sees("+") || sees("-")) {
      left = new Expr.Arithmetic(line, left, next().text(), joined());
    }
    return left;
  }

  private Expr joined() {
    int line = peek().line();
    Expr left = product();
    while (sees("~")) {
      left = new Expr.Arithmetic(line, left, next().text(), product());
    }
    return left;
  }

  private Expr product() {
    int line = peek().line();
    Expr left = power();
    while (sees("*") || sees("/") || sees("//") || sees("%")) {
      left = new Expr.Arithmetic(line, left, next().text(), power());
    }
    return left;
  }

  private Expr power() {
    int line = peek().line();
    Expr left = unary(true);
    while (sees("**")) {
      left = new Expr.Arithmetic(line, left, next().text(), unary(true));
    }
    return left;
  }

  private Expr unary(boolean filters) {
    int line = peek().line();
    Expr value;
    if (sees("-") || sees("+")) {
      place.enter();
      boolean minus = next().text().equals("-");
      value = new Expr.Sign(line, unary(false), minus);
      place.leave();
    } else {
      value = primary();
    }
    value = postfix(value);
    return filters ? filters(value) : value;
  }

  private Expr primary() {
    Token token = next();
    int line = token.line();
    return switch (token.kind()) {
      case NAME ->
        switch (token.text()) {
          case "true", "True" -> new Expr.Constant(line, Value.TRUE);
          case "false", "False" -> new Expr.Constant(line, Value.FALSE);
          case "none", "None" -> new Expr.Constant(line, Value.NONE);
          default -> new Expr.Name(line, token.text());
        };
      case STRING -> {
        var text = new StringBuilder(token.text());
        while (peek().kind() == Kind.STRING) {
          text.append(next().text());
        }
        yield new Expr.Constant(line, Str.template(text.toString()));
      }
      case INTEGER -> new Expr.Constant(line, new Value.Int(integer(token)));
      case FLOAT -> new Expr.Constant(line, new Value.Real(Double.parseDouble(token.text())));
      case OPERATOR ->
        switch (token.text()) {
          case "(" -> parenthesis(line);
          case "[" -> new Expr.Items(line, items("]"), false);
          case "{" -> entries(line);
          default -> throw back(token);
        };
      default -> throw back(token);
    };
  }

  private Failure back(Token token) {
    if (token.kind() != Kind.END) {
      at--;
    }
    return unexpected("a value");
  }

  private static long integer(Token token) {
    try {
      return Long.parseLong(token.text());
    } catch (NumberFormatException e) {
      throw new Failure("the number " + token.shown() + ", which is too large");
    }
  }

  private Expr parenthesis(int line) {
    if (skip(")")) {
      return new Expr.Items(line, List.of(), true);
    }
    Expr inside = tuple();
    expect(")");
    return inside;
  }

  private List<Expr> items(String close) {
    var items = new ArrayList<Expr>();
    while (!skip(close)) {
      if (!items.isEmpty()) {
        expect(",");
        if (skip(close)) {
          break;
        }
      }
      items.add(expression());
    }
    return items;
  }

  private Expr entries(int line) {
    var keys = new ArrayList<Expr>();
    var values = new ArrayList<Expr>();
    while (!skip("}")) {
      if (!keys.isEmpty()) {
        expect(",");
        if (skip("}")) {
          break;
        }
      }
      keys.add(expression());
      expect(":");
      values.add(expression());
    }
    return new Expr.Entries(line, keys, values);
  }

  private Expr postfix(Expr start) {
    Expr value = start;
    while (true) {
      int line = peek().line();
      if (skip(".")) {
        if (peek().kind() == Kind.INTEGER) {
          value =
              new Expr.Index(line, value, new Expr.Constant(line, new Value.Int(integer(next()))));
        } else {
          value = new Expr.Attribute(line, value, name());
        }
      } else if (skip("[")) {
        value = subscript(line, value);
      } else if (sees("(")) {
        value = new Expr.Call(line, value, arguments());
      } else {
        return value;
      }
    }
  }

  private Expr subscript(int line, Expr of) {
    Expr from = sees(":") ? null : tuple();
    if (skip("]")) {
      return new Expr.Index(line, of, from);
    }
    expect(":");
    Expr to = sees(":") || sees("]") ? null : expression();
    Expr step = skip(":") && !sees("]") ? expression() : null;
    expect("]");
    return new Expr.Slice(line, of, from, to, step);
  }

  private Expr.Arguments arguments() {
    expect("(");
    var positional = new ArrayList<Expr>();
    Map<String, Expr> named = new LinkedHashMap<>();
    Expr list = null;
    Expr map = null;
    while (!skip(")")) {
      if (!positional.isEmpty() || !named.isEmpty() || list != null || map != null) {
        expect(",");
        if (skip(")")) {
          break;
        }
      }
      if (skip("**")) {
        map = expression();
      } else if (skip("*")) {
        list = expression();
      } else if (peek().kind() == Kind.NAME && tokens.get(at + 1).is(Kind.OPERATOR, "=")) {
        String name = name();
        next();
        if (named.put(name, expression()) != null) {
          throw new Failure("the argument '" + name + "' twice");
        }
      } else if (!named.isEmpty()) {
        throw unexpected("a named argument");
      } else {
        positional.add(expression());
      }
    }
    return new Expr.Arguments(positional, named, list, map);
  }

  private Expr filters(Expr start) {
    Expr value = start;
    while (true) {
      int line = peek().line();
      if (sees("|")) {
        value = filter(value);
      } else if (skipName("is")) {
        value = test(line, value);
      } else if (sees("(")) {
        value = new Expr.Call(line, value, arguments());
      } else {
        return value;
      }
    }
  }

  /// `| name(arguments)`.
  private Expr filter(Expr value) {
    next();
    return named(value);
  }

  private Expr named(Expr value) {
    int line = peek().line();
    String name = name();
    if (!Filters.knows(name)) {
      throw new Failure("the filter '" + name + "', which is not known");
    }
    return new Expr.Filter(line, value, name, sees("(") ? arguments() : Expr.Arguments.NONE);
  }

  /// The filters of a block: `name(arguments) | name…` on a value that comes later.
  Expr blockFilters() {
    Expr value = named(null);
    while (sees("|")) {
      value = filter(value);
    }
    return value;
  }

  private Expr test(int line, Expr value) {
    boolean negated = skipName("not");
    String name = name();
    if (!Tests.knows(name)) {
      throw new Failure("the test '" + name + "', which is not known");
    }
    var kind = peek().kind();
    boolean argument = kind == Kind.STRING
        || kind == Kind.INTEGER
        || kind == Kind.FLOAT
        || sees("[")
        || sees("{")
        || kind == Kind.NAME && !AFTER_TEST.contains(peek().text());
    var arguments = Expr.Arguments.NONE;
    if (sees("(")) {
      arguments = arguments();
    } else if (argument) {
      arguments = new Expr.Arguments(List.of(postfix(primary())), Map.of(), null, null);
    }
    Expr test = new Expr.Test(line, value, name, arguments);
    return negated ? new Expr.Not(line, test) : test;
  }
}
