// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/status/fields.h"

#include "base/text.h"

#include <limits>

namespace famfs::status {

using nlohmann::ordered_json;

Fields::Fields(const ordered_json &object, std::string what, std::optional<base::Error> &error)
    : object_(object), what_(std::move(what)), error_(error) {
    if (!object_.is_object())
        fail(what_, "it is no object");
}

std::string Fields::name(const char *key) const {
    return what_.empty() ? key : what_ + "." + key;
}

void Fields::fail(const std::string &name, const std::string &why) const {
    if (!error_)
        error_ = base::Error{EINVAL, "understand", name.empty() ? "the JSON text" : base::quote(name), why};
}

void Fields::odd(const char *key, const char *wanted) const {
    fail(name(key), "it is not " + std::string(wanted));
}

const ordered_json *Fields::find(const char *key) const {
    if (!object_.is_object())
        return nullptr;
    const auto found = object_.find(key);
    if (found != object_.end())
        return &*found;
    fail(name(key), "it is missing");
    return nullptr;
}

void Fields::read(const char *key, std::string &value) const {
    const auto *found = find(key);
    if (found != nullptr && !found->is_string())
        return odd(key, "a text");
    if (found != nullptr)
        value = found->get<std::string>();
}

void Fields::read(const char *key, std::optional<std::string> &value) const {
    const auto *found = find(key);
    if (found != nullptr && !found->is_null())
        read(key, value.emplace());
}

void Fields::read(const char *key, bool &value) const {
    const auto *found = find(key);
    if (found != nullptr && !found->is_boolean())
        return odd(key, "true or false");
    if (found != nullptr)
        value = found->get<bool>();
}

void Fields::read(const char *key, std::uint64_t &value) const {
    const auto *found = find(key);
    if (found != nullptr && !found->is_number_unsigned())
        return odd(key, "a whole number from 0 up");
    if (found != nullptr)
        value = found->get<std::uint64_t>();
}

void Fields::read(const char *key, std::uint32_t &value) const {
    std::uint64_t wide = value;
    read(key, wide);
    if (wide > std::numeric_limits<std::uint32_t>::max())
        return odd(key, "a number of 32 bits");
    value = static_cast<std::uint32_t>(wide);
}

void Fields::read(const char *key, std::int64_t &value) const {
    const auto *found = find(key);
    const bool fits = found != nullptr && found->is_number_integer() &&
                      (!found->is_number_unsigned() ||
                       found->get<std::uint64_t>() <= std::numeric_limits<std::int64_t>::max());
    if (found != nullptr && !fits)
        return odd(key, "a whole number of 64 bits");
    if (found != nullptr)
        value = found->get<std::int64_t>();
}

void Fields::read(const char *key, std::optional<std::int64_t> &value) const {
    const auto *found = find(key);
    if (found != nullptr && !found->is_null())
        read(key, value.emplace());
}

Fields Fields::object(const char *key) const {
    static const auto nothing = ordered_json::object();
    const auto *found = find(key);
    return {found == nullptr ? nothing : *found, name(key), error_};
}

base::Expected<ordered_json> parse_json(std::string_view text) {
    auto json = ordered_json::parse(text, nullptr, false);
    if (json.is_discarded())
        return base::fail(EINVAL, "understand", "the JSON text", "it is no JSON");
    return json;
}

} // namespace famfs::status
