/* The standard interface of MPI 5 over MPICH's: what is called here, by the numbers of the standard's mpi.h. */
#include <stdint.h>
#include <string.h>

typedef void *Handle;

extern int PMPI_Initialized(int *), PMPI_Finalized(int *), PMPI_Finalize(void);
extern int PMPI_Init_thread(int *, char ***, int, int *), PMPI_Abort(int, int);
extern int PMPI_Comm_rank(int, int *), PMPI_Comm_size(int, int *), PMPI_Get_processor_name(char *, int *);
extern int PMPI_Allreduce(const void *, void *, int, int, int, int);
extern int PMPI_Iallreduce(const void *, void *, int, int, int, int, int *);
extern int PMPI_Wait(int *, void *), PMPI_Test(int *, int *, void *), PMPI_Barrier(int);
extern int PMPI_Bcast(void *, int, int, int, int);
extern int PMPI_Reduce_scatter_block(const void *, void *, int, int, int, int);
extern int PMPI_Allgather(const void *, int, int, void *, int, int, int);
extern int PMPI_Send(const void *, int, int, int, int, int);
extern int PMPI_Recv(void *, int, int, int, int, int, void *);

static int comm(Handle h) { return h == (Handle)0x102 ? 0x44000001 : h == (Handle)0x101 ? 0x44000000 : -1; }

static int type(Handle h) {
  switch ((uintptr_t)h) {
    case 0x210: return 0x4c00040a; /* MPI_FLOAT */
    case 0x214: return 0x4c00080b; /* MPI_DOUBLE */
    case 0x250: return 0x4c000439; /* MPI_INT32_T */
    case 0x251: return 0x4c00043d; /* MPI_UINT32_T */
    case 0x247: return 0x4c00010d; /* MPI_BYTE */
    default: return -1;
  }
}

static int op(Handle h) {
  switch ((uintptr_t)h) {
    case 0x21: return 0x58000003; /* MPI_SUM */
    case 0x22: return 0x58000002; /* MPI_MIN */
    case 0x23: return 0x58000001; /* MPI_MAX */
    default: return -1;
  }
}

static const void *in(const void *p) { return p == (void *)1 ? (void *)-1 : p; } /* MPI_IN_PLACE */
static void *ignored(void *status) { return status ? status : (void *)1; }      /* MPI_STATUS_IGNORE */

int MPI_Abi_get_version(int *major, int *minor) { *major = 1; *minor = 0; return 0; }
int MPI_Get_library_version(char *text, int *length) {
  strcpy(text, "MPI 5 over MPICH");
  *length = (int)strlen(text);
  return 0;
}
int MPI_Initialized(int *is) { return PMPI_Initialized(is); }
int MPI_Finalized(int *is) { return PMPI_Finalized(is); }
int MPI_Finalize(void) { return PMPI_Finalize(); }
int MPI_Init_thread(int *argc, char ***argv, int asked, int *given) {
  int found, code = PMPI_Init_thread(argc, argv, asked == 4096 ? 3 : 0, &found);
  *given = found == 3 ? 4096 : 0;
  return code;
}
int MPI_Abort(Handle c, int code) { return PMPI_Abort(comm(c), code); }
int MPI_Comm_rank(Handle c, int *to) { return PMPI_Comm_rank(comm(c), to); }
int MPI_Comm_size(Handle c, int *to) { return PMPI_Comm_size(comm(c), to); }
int MPI_Get_processor_name(char *name, int *length) { return PMPI_Get_processor_name(name, length); }
int MPI_Allreduce(const void *a, void *b, int n, Handle t, Handle o, Handle c) {
  return PMPI_Allreduce(in(a), b, n, type(t), op(o), comm(c));
}
int MPI_Iallreduce(const void *a, void *b, int n, Handle t, Handle o, Handle c, void **request) {
  int own, code = PMPI_Iallreduce(in(a), b, n, type(t), op(o), comm(c), &own);
  *request = (void *)(uintptr_t)(unsigned)own;
  return code;
}
int MPI_Wait(void **request, void *status) {
  int own = (int)(uintptr_t)*request;
  return PMPI_Wait(&own, ignored(status));
}
int MPI_Test(void **request, int *is, void *status) {
  int own = (int)(uintptr_t)*request;
  return PMPI_Test(&own, is, ignored(status));
}
int MPI_Bcast(void *a, int n, Handle t, int root, Handle c) { return PMPI_Bcast(a, n, type(t), root, comm(c)); }
int MPI_Reduce_scatter_block(const void *a, void *b, int n, Handle t, Handle o, Handle c) {
  return PMPI_Reduce_scatter_block(in(a), b, n, type(t), op(o), comm(c));
}
int MPI_Allgather(const void *a, int n, Handle t, void *b, int m, Handle u, Handle c) {
  return PMPI_Allgather(in(a), n, type(t), b, m, type(u), comm(c));
}
int MPI_Send(const void *a, int n, Handle t, int to, int tag, Handle c) {
  return PMPI_Send(a, n, type(t), to, tag, comm(c));
}
int MPI_Recv(void *a, int n, Handle t, int from, int tag, Handle c, void *status) {
  return PMPI_Recv(a, n, type(t), from, tag, comm(c), ignored(status));
}
int MPI_Barrier(Handle c) { return PMPI_Barrier(comm(c)); }
