#include "ctoml.h"

#include <toml++/toml.h>

#include <cstring>
#include <sstream>
#include <string>
#include <string_view>

namespace {

void fill(ctoml_error *error, std::string_view message, unsigned line, unsigned column) noexcept {
  if (error == nullptr) return;
  const size_t length = std::min(message.size(), sizeof(error->message) - 1);
  std::memcpy(error->message, message.data(), length);
  error->message[length] = '\0';
  error->line = line;
  error->column = column;
}

struct Walk {
  void *context;
  ctoml_visit visit;

  void emit(const std::string &key, std::string_view value, ctoml_kind kind, bool inArray, const toml::node &node) const {
    const toml::source_position begin = node.source().begin;
    const ctoml_entry entry{key.data(),       key.size(), value.data(), value.size(), kind,
                            inArray ? 1 : 0, begin.line, begin.column};
    visit(context, &entry);
  }

  template <class Value> static std::string print(const Value &value) {
    std::ostringstream out;
    out << value;
    return out.str();
  }

  void walk(const std::string &key, const toml::node &node, bool inArray) const {
    if (const toml::table *table = node.as_table()) {
      if (table->empty() && !key.empty()) emit(key, "", CTOML_EMPTY_TABLE, inArray, node);
      for (auto &&[name, child] : *table) {
        walk(key.empty() ? std::string(name.str()) : key + "." + std::string(name.str()), child, inArray);
      }
    } else if (const toml::array *array = node.as_array()) {
      if (array->empty()) emit(key, "", CTOML_EMPTY_ARRAY, inArray, node);
      for (auto &&child : *array) walk(key, child, true);
    } else if (const auto *text = node.as_string()) {
      emit(key, text->get(), CTOML_TEXT, inArray, node);
    } else if (const auto *integer = node.as_integer()) {
      emit(key, std::to_string(integer->get()), CTOML_INTEGER, inArray, node);
    } else if (const auto *real = node.as_floating_point()) {
      emit(key, print(toml::value<double>(real->get())), CTOML_REAL, inArray, node);
    } else if (const auto *flag = node.as_boolean()) {
      emit(key, flag->get() ? "true" : "false", CTOML_FLAG, inArray, node);
    } else if (const auto *date = node.as_date()) {
      emit(key, print(date->get()), CTOML_DATE, inArray, node);
    } else if (const auto *time = node.as_time()) {
      emit(key, print(time->get()), CTOML_DATE, inArray, node);
    } else if (const auto *both = node.as_date_time()) {
      emit(key, print(both->get()), CTOML_DATE, inArray, node);
    }
  }
};

}  // namespace

extern "C" int ctoml_parse(
    const char *text, size_t length, void *context, ctoml_visit visit, ctoml_error *error) {
  try {
    const toml::table document = toml::parse(std::string_view(text == nullptr ? "" : text, text == nullptr ? 0 : length));
    Walk{context, visit}.walk("", document, false);
    return 0;
  } catch (const toml::parse_error &fault) {
    fill(error, fault.description(), fault.source().begin.line, fault.source().begin.column);
  } catch (const std::exception &fault) {
    fill(error, fault.what(), 0, 0);
  } catch (...) {
    fill(error, "unknown failure in the TOML parser", 0, 0);
  }
  return -1;
}
