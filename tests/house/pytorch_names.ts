/** What PyTorch exports of the modules that `docs/from-pytorch.md` is about, and why some of it has no counterpart. */

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}

/** The names of each module: of 1.13, and of later versions those that came since. */
export const pytorchNames: Readonly<Record<string, readonly string[]>> = {
  torch: words(`
    is_tensor is_storage is_complex is_conj is_floating_point is_nonzero set_default_dtype get_default_dtype
    set_default_tensor_type numel set_printoptions set_flush_denormal tensor sparse_coo_tensor sparse_csr_tensor
    sparse_csc_tensor sparse_bsr_tensor sparse_bsc_tensor asarray as_tensor as_strided from_numpy from_dlpack
    frombuffer zeros zeros_like ones ones_like arange range linspace logspace eye empty empty_like empty_strided
    full full_like quantize_per_tensor quantize_per_channel dequantize complex polar heaviside adjoint argwhere cat
    concat concatenate conj chunk dsplit column_stack dstack gather hsplit hstack index_add index_copy index_fill
    index_put index_reduce index_select masked_fill masked_scatter masked_select movedim moveaxis narrow nonzero
    permute put reshape select scatter diagonal_scatter select_scatter slice_scatter as_strided_scatter scatter_add
    scatter_reduce split squeeze stack swapaxes swapdims t take take_along_dim tensor_split tile transpose unbind
    unsqueeze vsplit vstack row_stack where seed manual_seed initial_seed get_rng_state set_rng_state bernoulli
    multinomial normal poisson binomial rand rand_like randint randint_like randn randn_like randperm save load
    get_num_threads set_num_threads get_num_interop_threads set_num_interop_threads no_grad enable_grad
    set_grad_enabled is_grad_enabled inference_mode is_inference_mode_enabled abs absolute acos arccos acosh arccosh
    add addcdiv addcmul angle asin arcsin asinh arcsinh atan arctan atanh arctanh atan2 arctan2 bitwise_not
    bitwise_and bitwise_or bitwise_xor bitwise_left_shift bitwise_right_shift ceil clamp clip clamp_min clamp_max
    conj_physical copysign cos cosh deg2rad div divide digamma erf erfc erfinv exp exp2 expm1
    fake_quantize_per_channel_affine fake_quantize_per_tensor_affine fix float_power floor floor_divide fmod frac
    frexp gradient imag ldexp lerp lgamma log log10 log1p log2 logaddexp logaddexp2 logical_and logical_not
    logical_or logical_xor logit hypot i0 igamma igammac mul multiply mvlgamma nan_to_num neg negative nextafter
    polygamma positive pow quantized_batch_norm quantized_max_pool1d rad2deg real reciprocal remainder round rsqrt
    sigmoid sign sgn signbit sin sinc sinh softmax log_softmax sqrt square sub subtract tan tanh true_divide trunc
    xlogy argmax argmin amax amin aminmax all any max min dist logsumexp mean nanmean median nanmedian mode norm
    nansum prod quantile nanquantile std std_mean sum unique unique_consecutive var var_mean count_nonzero allclose
    argsort eq equal ge greater_equal gt greater isclose isfinite isin isinf isposinf isneginf isnan isreal kthvalue
    le less_equal lt less maximum minimum fmax fmin ne not_equal sort topk msort stft istft bartlett_window
    blackman_window hamming_window hann_window kaiser_window atleast_1d atleast_2d atleast_3d bincount block_diag
    broadcast_tensors broadcast_to broadcast_shapes bucketize cartesian_prod cdist clone combinations corrcoef cov
    cross cummax cummin cumprod cumsum diag diag_embed diagflat diagonal diff einsum flatten flip fliplr flipud kron
    rot90 gcd histc histogram histogramdd meshgrid lcm logcumsumexp ravel renorm repeat_interleave roll searchsorted
    tensordot trace tril tril_indices triu triu_indices unflatten vander view_as_real view_as_complex resolve_conj
    resolve_neg addbmm addmm addmv addr baddbmm bmm chain_matmul cholesky cholesky_inverse cholesky_solve dot geqrf
    ger inner inverse det logdet slogdet lu lu_solve lu_unpack matmul matrix_power matrix_exp mm mv orgqr ormqr
    outer pinverse qr svd svd_lowrank pca_lowrank symeig lobpcg trapz trapezoid cumulative_trapezoid
    triangular_solve vdot result_type can_cast promote_types use_deterministic_algorithms
    are_deterministic_algorithms_enabled get_deterministic_debug_mode set_deterministic_debug_mode set_warn_always
    is_warn_always_enabled compile vmap segment_reduce eig lstsq matrix_rank native_batch_norm native_group_norm
    native_layer_norm
  `),
  "torch.nn": words(`
    Module Sequential ModuleList ModuleDict ParameterList ParameterDict Parameter Buffer Identity Linear Bilinear
    LazyLinear Flatten Unflatten
    Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d LazyConv1d LazyConv2d LazyConv3d
    LazyConvTranspose1d LazyConvTranspose2d LazyConvTranspose3d Unfold Fold
    MaxPool1d MaxPool2d MaxPool3d MaxUnpool1d MaxUnpool2d MaxUnpool3d AvgPool1d AvgPool2d AvgPool3d
    FractionalMaxPool2d FractionalMaxPool3d LPPool1d LPPool2d LPPool3d AdaptiveMaxPool1d AdaptiveMaxPool2d
    AdaptiveMaxPool3d AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveAvgPool3d
    ReflectionPad1d ReflectionPad2d ReflectionPad3d ReplicationPad1d ReplicationPad2d ReplicationPad3d ZeroPad1d
    ZeroPad2d ZeroPad3d ConstantPad1d ConstantPad2d ConstantPad3d CircularPad1d CircularPad2d CircularPad3d
    ELU Hardshrink Hardsigmoid Hardtanh Hardswish LeakyReLU LogSigmoid MultiheadAttention PReLU ReLU ReLU6 RReLU SELU
    CELU GELU Sigmoid SiLU Mish Softplus Softshrink Softsign Tanh Tanhshrink Threshold GLU Softmin Softmax Softmax2d
    LogSoftmax AdaptiveLogSoftmaxWithLoss
    BatchNorm1d BatchNorm2d BatchNorm3d LazyBatchNorm1d LazyBatchNorm2d LazyBatchNorm3d GroupNorm SyncBatchNorm
    InstanceNorm1d InstanceNorm2d InstanceNorm3d LazyInstanceNorm1d LazyInstanceNorm2d LazyInstanceNorm3d LayerNorm
    LocalResponseNorm CrossMapLRN2d RMSNorm
    RNNBase RNN LSTM GRU RNNCellBase RNNCell LSTMCell GRUCell
    Transformer TransformerEncoder TransformerDecoder TransformerEncoderLayer TransformerDecoderLayer
    Dropout Dropout1d Dropout2d Dropout3d AlphaDropout FeatureAlphaDropout Embedding EmbeddingBag CosineSimilarity
    PairwiseDistance
    L1Loss MSELoss CrossEntropyLoss CTCLoss NLLLoss NLLLoss2d PoissonNLLLoss GaussianNLLLoss KLDivLoss BCELoss
    BCEWithLogitsLoss MarginRankingLoss HingeEmbeddingLoss MultiLabelMarginLoss HuberLoss SmoothL1Loss SoftMarginLoss
    MultiLabelSoftMarginLoss CosineEmbeddingLoss MultiMarginLoss TripletMarginLoss TripletMarginWithDistanceLoss
    PixelShuffle PixelUnshuffle Upsample UpsamplingNearest2d UpsamplingBilinear2d ChannelShuffle DataParallel Container
  `),
  "torch.nn.functional": words(`
    conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d conv_tbc unfold fold
    avg_pool1d avg_pool2d avg_pool3d max_pool1d max_pool2d max_pool3d max_unpool1d max_unpool2d max_unpool3d lp_pool1d
    lp_pool2d lp_pool3d adaptive_max_pool1d adaptive_max_pool2d adaptive_max_pool3d adaptive_avg_pool1d
    adaptive_avg_pool2d adaptive_avg_pool3d fractional_max_pool2d fractional_max_pool3d
    max_pool1d_with_indices max_pool2d_with_indices max_pool3d_with_indices adaptive_max_pool1d_with_indices
    adaptive_max_pool2d_with_indices adaptive_max_pool3d_with_indices fractional_max_pool2d_with_indices
    fractional_max_pool3d_with_indices scaled_dot_product_attention multi_head_attention_forward
    threshold threshold_ relu relu_ hardtanh hardtanh_ hardswish relu6 elu elu_ selu selu_ celu celu_ leaky_relu
    leaky_relu_ prelu rrelu rrelu_ glu gelu logsigmoid hardshrink tanhshrink softsign softplus softmin softmax
    softshrink gumbel_softmax log_softmax tanh sigmoid hardsigmoid silu mish
    batch_norm group_norm instance_norm layer_norm local_response_norm rms_norm normalize
    linear bilinear dropout alpha_dropout feature_alpha_dropout dropout1d dropout2d dropout3d
    embedding embedding_bag one_hot pairwise_distance cosine_similarity pdist
    binary_cross_entropy binary_cross_entropy_with_logits poisson_nll_loss cosine_embedding_loss cross_entropy ctc_loss
    gaussian_nll_loss hinge_embedding_loss kl_div l1_loss mse_loss margin_ranking_loss multilabel_margin_loss
    multilabel_soft_margin_loss multi_margin_loss nll_loss huber_loss smooth_l1_loss soft_margin_loss
    triplet_margin_loss triplet_margin_with_distance_loss
    pixel_shuffle pixel_unshuffle channel_shuffle native_channel_shuffle pad interpolate upsample upsample_nearest
    upsample_bilinear grid_sample affine_grid
  `),
  "torch.nn.init": words(`
    calculate_gain uniform_ normal_ constant_ ones_ zeros_ eye_ dirac_ xavier_uniform_ xavier_normal_ kaiming_uniform_
    kaiming_normal_ trunc_normal_ orthogonal_ sparse_
  `),
  "torch.nn.utils": words(`
    clip_grad_norm_ clip_grad_norm clip_grad_value_ get_total_norm clip_grads_with_norm_ parameters_to_vector
    vector_to_parameters fuse_conv_bn_eval fuse_conv_bn_weights fuse_linear_bn_eval fuse_linear_bn_weights
    convert_conv2d_weight_memory_format convert_conv3d_weight_memory_format weight_norm remove_weight_norm
    spectral_norm remove_spectral_norm skip_init parametrizations.orthogonal parametrizations.weight_norm
    parametrizations.spectral_norm parametrize.register_parametrization parametrize.remove_parametrizations
    parametrize.cached parametrize.is_parametrized parametrize.transfer_parametrizations_and_params
    rnn.PackedSequence rnn.pack_padded_sequence rnn.pad_packed_sequence rnn.pad_sequence rnn.pack_sequence
    rnn.unpack_sequence rnn.unpad_sequence stateless.functional_call
  `),
  "torch.fft": words(`
    fft ifft fft2 ifft2 fftn ifftn rfft irfft rfft2 irfft2 rfftn irfftn hfft ihfft hfft2 ihfft2 hfftn ihfftn fftfreq
    rfftfreq fftshift ifftshift
  `),
  "torch.signal.windows": words(`
    bartlett blackman cosine exponential gaussian general_cosine general_hamming hamming hann kaiser nuttall
  `),
  "torch.linalg": words(`
    LinAlgError cholesky cholesky_ex cond cross det diagonal eig eigh eigvals eigvalsh householder_product inv inv_ex
    ldl_factor ldl_factor_ex ldl_solve lstsq lu lu_factor lu_factor_ex lu_solve matmul matrix_exp matrix_norm
    matrix_power matrix_rank multi_dot norm pinv qr slogdet solve solve_ex solve_triangular svd svdvals tensorinv
    tensorsolve vander vecdot vector_norm
  `),
  "torch.special": words(`
    airy_ai bessel_j0 bessel_j1 bessel_y0 bessel_y1 chebyshev_polynomial_t chebyshev_polynomial_u
    chebyshev_polynomial_v chebyshev_polynomial_w digamma entr erf erfc erfcx erfinv exp2 expit expm1 gammainc
    gammaincc gammaln hermite_polynomial_h hermite_polynomial_he i0 i0e i1 i1e laguerre_polynomial_l
    legendre_polynomial_p log1p log_ndtr log_softmax logit logsumexp modified_bessel_i0 modified_bessel_i1
    modified_bessel_k0 modified_bessel_k1 multigammaln ndtr ndtri polygamma psi round scaled_modified_bessel_k0
    scaled_modified_bessel_k1 shifted_chebyshev_polynomial_t shifted_chebyshev_polynomial_u
    shifted_chebyshev_polynomial_v shifted_chebyshev_polynomial_w sinc softmax spherical_bessel_j0 xlog1py xlogy zeta
  `),
};

function torch(text: string): string[] {
  return words(text).map((name) => `torch.${name}`);
}

/** Why names have no counterpart, by the reason. */
const reasons: Readonly<Record<string, readonly string[]>> = {
  "`equal`, `notEqual`, `less` and their kin are methods by these names": torch(`eq ne lt le gt ge`),
  "the same as `matmul`": torch(`mm bmm mv`),
  "the same as `dot`": torch(`vdot`),
  "the same as `outer`": torch(`ger`),
  "the same as `trapezoid`": torch(`trapz`),
  "`max`": torch(`amax`),
  "`min`": torch(`amin`),
  "`logSumExp`": torch(`logsumexp`),
  "the name without `arc`: `acos`, `asin`, `atan` …": torch(
    `arccos arccosh arcsin arcsinh arctan arctanh arctan2`,
  ),
  "`abs`": torch(`absolute`),
  "`neg`": torch(`negative`),
  "`mul`": torch(`multiply`),
  "`sub`": torch(`subtract`),
  "`div`": torch(`divide true_divide`),
  "`trunc`": torch(`fix`),
  "`clamp`": torch(`clip clamp_min clamp_max`),
  "`shiftLeft` and `shiftRight`": torch(`bitwise_left_shift bitwise_right_shift`),
  "`bitwiseXor(x, -1)`": torch(`bitwise_not`),
  "`pow` of f64": torch(`float_power`),
  "the tensor itself": torch(`positive resolve_conj resolve_neg`),
  "`less(x, 0)`, or of `copysign(1, x)` for -0": torch(`signbit`),
  "`isNaN`, `isFinite`, `isInfinite`": torch(`isnan isfinite isinf`),
  "`equal(x, Infinity)` and `equal(x, -Infinity)`": torch(`isposinf isneginf`),
  "every element is real, complex numbers are pairs": torch(`isreal is_complex is_conj`),
  "`concat`": torch(`cat concatenate`),
  "`vstack`": torch(`row_stack`),
  "`moveAxis`": torch(`moveaxis`),
  "`transpose`": torch(`swapaxes swapdims adjoint`),
  "`takeAlongAxis`": torch(`take_along_dim`),
  "`expand`": torch(`broadcast_to`),
  "`flip`": torch(`fliplr flipud`),
  "`flatten`": torch(`ravel`),
  "operations check and broadcast by themselves; `broadcastTensors`": torch(`broadcast_shapes`),
  "`add(x, 0)`; nothing changes a tensor behind another's back": torch(`clone`),
  "`tensor` and `fromArray`": torch(`asarray from_numpy frombuffer`),
  "the elements of tensors are always set: `zeros`": torch(`empty empty_like empty_strided`),
  "`arange`": torch(`range`),
  "`uniform`, `normal`, `randint` and `permutation`, with a shape": torch(
    `rand rand_like randn randn_like randint_like randperm`,
  ),
  "`randomState` and `setRandomState`": torch(`get_rng_state set_rng_state`),
  "a seed is given by `manualSeed`": torch(`seed initial_seed`),
  "`isRecording`": torch(`is_grad_enabled`),
  "`noGrad` and `enableGrad` of a function": torch(
    `set_grad_enabled inference_mode is_inference_mode_enabled`,
  ),
  "`x instanceof Tensor`": torch(`is_tensor is_storage`),
  "`isFloating(x.dtype)`": torch(`is_floating_point`),
  "`x.numel()`": torch(`numel`),
  "`x.item()`, awaited": torch(`is_nonzero`),
  "`defaultDtype`": torch(`get_default_dtype set_default_tensor_type`),
  "`commonDtype`": torch(`result_type can_cast promote_types`),
  "tensors print by `showAsText` and its kin": torch(`set_printoptions`),
  "the engine's own arithmetic": torch(`set_flush_denormal`),
  'threads are a setting of the backend: `useBackend("wasm", { threads })`': torch(
    `get_num_threads set_num_threads get_num_interop_threads set_num_interop_threads`,
  ),
  "every op is deterministic unless a backend says so": torch(
    `use_deterministic_algorithms are_deterministic_algorithms_enabled get_deterministic_debug_mode set_deterministic_debug_mode`,
  ),
  "warnings are the console's": torch(`set_warn_always is_warn_always_enabled`),
  "no sparse tensors": torch(
    `sparse_coo_tensor sparse_csr_tensor sparse_csc_tensor sparse_bsr_tensor sparse_bsc_tensor`,
  ),
  "no quantized tensors": torch(
    `quantize_per_tensor quantize_per_channel dequantize fake_quantize_per_channel_affine fake_quantize_per_tensor_affine quantized_batch_norm quantized_max_pool1d`,
  ),
  "no memory is shared with other libraries": torch(`from_dlpack`),
  "the largest eigenvalues are among those of `linalg.eigh`": torch(`lobpcg`),
  "no op of integers loops over its elements": torch(`gcd lcm`),
  "there is one process and one device": words("torch.nn.SyncBatchNorm torch.nn.DataParallel"),
  "removed from PyTorch, which names `torch.linalg`'s": torch("eig lstsq matrix_rank"),
  "deprecated in PyTorch": words("torch.nn.Container torch.nn.NLLLoss2d torch.nn.utils.clip_grad_norm"),
  "`variable(…)`, in a property": words("torch.nn.Parameter"),
  "a tensor in a property, or `module.registerBuffer`": words("torch.nn.Buffer"),
  "its C++ sibling `LocalResponseNorm`": words("torch.nn.CrossMapLRN2d"),
  "ops change nothing in place": pytorchNames["torch.nn.functional"].filter((name) => name.endsWith("_"))
    .map((name) => `torch.nn.functional.${name}`),
  "`{ returnIndices: true }`": pytorchNames["torch.nn.functional"].filter((name) =>
    name.endsWith("_with_indices")
  )
    .map((name) => `torch.nn.functional.${name}`),
  "a base class of PyTorch's own": words("torch.nn.RNNBase torch.nn.RNNCellBase"),
  "`clipGradNorm` gives the norm and clips": words(
    "torch.nn.utils.get_total_norm torch.nn.utils.clip_grads_with_norm_",
  ),
  "recurrent layers take padded batches and their `lengths`": words(`
    torch.nn.utils.rnn.PackedSequence torch.nn.utils.rnn.pack_padded_sequence torch.nn.utils.rnn.pad_packed_sequence
    torch.nn.utils.rnn.pack_sequence torch.nn.utils.rnn.unpack_sequence
  `),
  "`conv1d` of a permuted tensor": words("torch.nn.functional.conv_tbc"),
  "the same as `channelShuffle`": words("torch.nn.functional.native_channel_shuffle"),
  "there is one layout of memory": words(
    "torch.nn.utils.convert_conv2d_weight_memory_format torch.nn.utils.convert_conv3d_weight_memory_format",
  ),
};

/** Why a name has no counterpart. */
export const without: ReadonlyMap<string, string> = new Map(
  Object.entries(reasons).flatMap(([reason, names]) => names.map((name) => [name, reason] as const)),
);
