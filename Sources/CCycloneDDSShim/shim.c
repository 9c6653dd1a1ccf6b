#define DDS_NDEBUG
#include "CCycloneDDSShim.h"

#include <dds/ddsi/ddsi_serdata.h>
#include <dds/ddsi/ddsi_sertype.h>
#include <dds/ddsrt/log.h>
#include <dds/version.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#if DDS_VERSION_MAJOR != 0 || DDS_VERSION_MINOR != 10
#error "this shim knows the internal headers of Cyclone DDS 0.10 only"
#endif

// MARK: Reading

struct scratch {
  struct ddsi_serdata **data;
  dds_sample_info_t *info;
};

void *ddsshim_scratch(uint32_t count) {
  struct scratch *scratch = malloc(sizeof *scratch);
  if (!scratch) return NULL;
  scratch->data = calloc(count, sizeof *scratch->data);
  scratch->info = calloc(count, sizeof *scratch->info);
  if (scratch->data && scratch->info) return scratch;
  ddsshim_scratch_free(scratch);
  return NULL;
}

void ddsshim_scratch_free(void *raw) {
  struct scratch *scratch = raw;
  if (!scratch) return;
  free(scratch->data);
  free(scratch->info);
  free(scratch);
}

int32_t ddsshim_take(dds_entity_t reader, struct ddsshim_sample *samples, void *raw, uint32_t count) {
  struct scratch *scratch = raw;
  int32_t taken = dds_takecdr(reader, scratch->data, count, scratch->info, DDS_ANY_STATE);
  for (int32_t i = 0; i < taken; i++) {
    struct ddsi_serdata *data = scratch->data[i];
    const dds_sample_info_t *info = &scratch->info[i];
    uint32_t size = ddsi_serdata_size(data);
    ddsrt_iovec_t part;
    struct ddsi_serdata *reference = ddsi_serdata_to_ser_ref(data, 0, size, &part);
    samples[i] = (struct ddsshim_sample){
        .cdr = part.iov_base, .size = part.iov_len, .valid_data = info->valid_data,
        .instance_state = (uint32_t)info->instance_state,
        .source_timestamp = info->source_timestamp, .instance = info->instance_handle,
        .publication = info->publication_handle,
        .serdata = data, .reference = reference, .reference_size = part.iov_len};
  }
  return taken;
}

void ddsshim_release(struct ddsshim_sample *samples, int32_t count) {
  for (int32_t i = 0; i < count; i++) {
    ddsrt_iovec_t part = {.iov_base = (void *)samples[i].cdr, .iov_len = samples[i].reference_size};
    ddsi_serdata_to_ser_unref(samples[i].reference, &part);
    ddsi_serdata_unref(samples[i].serdata);
  }
}

// MARK: Writing

// Cyclone offers no serdata from bytes for a writer whose type was built at run time. It does convert a serdata of
// another type through the writer's own type, so this type contains only bytes.
struct carrier {
  struct ddsi_serdata c;
  size_t size;
  unsigned char bytes[];
};

static uint32_t carrier_size(const struct ddsi_serdata *data) { return (uint32_t)((const struct carrier *)data)->size; }

static void carrier_to_ser(const struct ddsi_serdata *data, size_t offset, size_t size, void *buffer) {
  memcpy(buffer, ((const struct carrier *)data)->bytes + offset, size);
}

static struct ddsi_serdata *carrier_to_ser_ref(const struct ddsi_serdata *data, size_t offset, size_t size,
                                               ddsrt_iovec_t *part) {
  part->iov_base = (void *)(((const struct carrier *)data)->bytes + offset);
  part->iov_len = (ddsrt_iov_len_t)size;
  return ddsi_serdata_ref(data);
}

static void carrier_to_ser_unref(struct ddsi_serdata *data, const ddsrt_iovec_t *part) {
  (void)part;
  ddsi_serdata_unref(data);
}

static void carrier_free(struct ddsi_serdata *data) { free(data); }

static const struct ddsi_serdata_ops carrier_ops = {.get_size = carrier_size,
                                                    .to_ser = carrier_to_ser,
                                                    .to_ser_ref = carrier_to_ser_ref,
                                                    .to_ser_unref = carrier_to_ser_unref,
                                                    .free = carrier_free};
static const struct ddsi_sertype_ops carrier_type_ops = {.version = ddsi_sertype_v0};
static const struct ddsi_sertype carrier_type = {
    .ops = &carrier_type_ops, .serdata_ops = &carrier_ops, .type_name = "carrier"};

int32_t ddsshim_write(dds_entity_t writer, const void *cdr, size_t size, int64_t timestamp, enum ddsshim_kind kind) {
  struct carrier *carrier = calloc(1, sizeof *carrier + size);
  if (!carrier) return DDS_RETCODE_OUT_OF_RESOURCES;
  ddsi_serdata_init(&carrier->c, &carrier_type, kind == DDSSHIM_WRITE ? SDK_DATA : SDK_KEY);
  carrier->size = size;
  memcpy(carrier->bytes, cdr, size);
  carrier->c.timestamp.v = timestamp;
  carrier->c.statusinfo = (uint32_t)kind;
  return dds_forwardcdr(writer, &carrier->c);  // takes the reference, also on failure
}

// MARK: Topics

dds_entity_t ddsshim_create_topic(dds_entity_t participant, const struct ddsshim_descriptor *given, const char *name) {
  dds_key_descriptor_t *keys = calloc(given->key_count + 1, sizeof *keys);
  if (!keys) return DDS_RETCODE_OUT_OF_RESOURCES;
  for (uint32_t i = 0; i < given->key_count; i++) {
    keys[i] = (dds_key_descriptor_t){.m_name = given->key_names[i], .m_offset = given->key_offsets[i], .m_idx = i};
  }
  const dds_topic_descriptor_t descriptor = {.m_size = given->size,
                                             .m_align = given->align,
                                             .m_flagset = given->flags,
                                             .m_nkeys = given->key_count,
                                             .m_typename = given->type_name,
                                             .m_keys = given->key_count ? keys : NULL,
                                             .m_nops = given->op_count,
                                             .m_ops = given->ops,
                                             .m_meta = ""};
  dds_entity_t topic = dds_create_topic(participant, &descriptor, name, NULL, NULL);
  free(keys);
  return topic;
}

// MARK: Constants, discovery, log

uint32_t ddsshim_status_data_available(void) { return DDS_DATA_AVAILABLE_STATUS; }
int64_t ddsshim_infinity(void) { return DDS_INFINITY; }

const char *ddsshim_policy_name(uint32_t policy) {
  switch (policy) {
  case DDS_DURABILITY_QOS_POLICY_ID: return "durability";
  case DDS_PRESENTATION_QOS_POLICY_ID: return "presentation";
  case DDS_DEADLINE_QOS_POLICY_ID: return "deadline";
  case DDS_LATENCYBUDGET_QOS_POLICY_ID: return "latency budget";
  case DDS_OWNERSHIP_QOS_POLICY_ID: return "ownership";
  case DDS_LIVELINESS_QOS_POLICY_ID: return "liveliness";
  case DDS_PARTITION_QOS_POLICY_ID: return "partition";
  case DDS_RELIABILITY_QOS_POLICY_ID: return "reliability";
  case DDS_DESTINATIONORDER_QOS_POLICY_ID: return "destination order";
  default: return "another policy";
  }
}

static void report_endpoint(
    const dds_builtintopic_endpoint_t *from, const dds_guid_t *own, ddsshim_endpoint_found report, void *context) {
  uint32_t count = 0;
  char **partitions = NULL;
  if (!dds_qget_partition(from->qos, &count, &partitions)) count = 0;
  dds_reliability_kind_t reliability = DDS_RELIABILITY_BEST_EFFORT;
  dds_duration_t blocking;
  dds_durability_kind_t durability = DDS_DURABILITY_VOLATILE;
  dds_ownership_kind_t ownership = DDS_OWNERSHIP_SHARED;
  dds_qget_reliability(from->qos, &reliability, &blocking);
  dds_qget_durability(from->qos, &durability);
  dds_qget_ownership(from->qos, &ownership);
  void *user_data = NULL;
  size_t user_data_size = 0;
  if (!dds_qget_userdata(from->qos, &user_data, &user_data_size)) user_data_size = 0;
  const struct ddsshim_endpoint found = {.topic = from->topic_name ? from->topic_name : "",
                                         .type = from->type_name ? from->type_name : "",
                                         .partitions = (const char *const *)partitions,
                                         .partition_count = count,
                                         .reliability = (int32_t)reliability,
                                         .durability = (int32_t)durability,
                                         .ownership = (int32_t)ownership,
                                         .is_own = memcmp(&from->participant_key, own, sizeof *own) == 0,
                                         .user_data = user_data,
                                         .user_data_size = user_data_size};
  report(context, &found);
  dds_free(user_data);
  for (uint32_t i = 0; i < count; i++) dds_free(partitions[i]);
  dds_free(partitions);
}

int32_t ddsshim_endpoints(
    dds_entity_t participant, bool are_readers, ddsshim_endpoint_found report, void *context) {
  dds_guid_t own;
  dds_return_t code = dds_get_guid(participant, &own);
  if (code < 0) return code;
  const dds_entity_t topic = are_readers ? DDS_BUILTIN_TOPIC_DCPSSUBSCRIPTION : DDS_BUILTIN_TOPIC_DCPSPUBLICATION;
  dds_entity_t reader = dds_create_reader(participant, topic, NULL, NULL);
  if (reader < 0) return reader;
  int32_t reported = 0, taken;
  do {
    void *samples[64] = {0};
    dds_sample_info_t info[64];
    taken = dds_take(reader, samples, info, 64, 64);
    for (int32_t i = 0; i < taken; i++) {
      if (!info[i].valid_data || info[i].instance_state != DDS_IST_ALIVE) continue;
      report_endpoint(samples[i], &own, report, context);
      reported++;
    }
    if (taken > 0) dds_return_loan(reader, samples, taken);
  } while (taken > 0);
  dds_delete(reader);
  return taken < 0 && taken != DDS_RETCODE_NO_DATA ? taken : reported;
}

static _Atomic(ddsshim_log) current_log;
static _Atomic(void *) current_context;

static void write_log(void *unused, const dds_log_data_t *data) {
  (void)unused;
  ddsshim_log log = current_log;
  if (log) log(current_context, data->priority, data->message, data->size);
}

void ddsshim_set_log(ddsshim_log log, void *context) {
  current_context = context;
  current_log = log;
  dds_set_log_sink(log ? write_log : NULL, NULL);
}
